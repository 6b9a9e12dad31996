import type { EChartsOption } from 'echarts'
import { frame, legend, valueAxis } from '#common/charts/axes.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotMarker } from '#common/charts/theme.ts'
import type { RunSummary } from '#common/contract/workbench.ts'
import { significant } from '#common/units.ts'
import type { Mark } from '../../charts/marks.ts'
import type { ExportTable } from '../../export/table.ts'

export interface RunDot {
  id: string
  network: string
  ms: number
  accuracy: number
}

/** The best cut of every run that has one. */
export const runDots = (runs: readonly RunSummary[]): RunDot[] =>
  runs.flatMap(({ id, network, best }) =>
    best
      ? [{ id, network: network ? `${network.name} × ${network.width}` : '–', ms: best.ms, accuracy: best.accuracy }]
      : [],
  )

const networksOf = (dots: readonly RunDot[]): string[] => [...new Set(dots.map(({ network }) => network))]

/** The mark of a run's dot. */
export function runMark(dots: readonly RunDot[], id: string | null): Mark[] {
  const dot = dots.find((one) => one.id === id)
  if (!dot) return []
  return [{ seriesName: dot.network, dataIndex: dots.filter(({ network }) => network === dot.network).indexOf(dot) }]
}

const pinnedName = 'baseline ★'

/** One dot per run and one series per network; the pinned run is a ringed dot with lines through it. */
export function runsOption(dots: readonly RunDot[], pinned: string, theme: ChartTheme): EChartsOption {
  const baseline = dots.find(({ id }) => id === pinned)
  const names = networksOf(dots)
  const line = (axis: 'x' | 'y', value: number) => ({ [`${axis}Axis`]: value })
  return {
    ...frame(theme),
    grid: { top: 34, left: 62, right: 24, bottom: 44 },
    legend: legend(theme, [...names, ...(baseline ? [pinnedName] : [])]),
    xAxis: {
      ...valueAxis(
        theme,
        'end-to-end latency of the best cut, ms (composed, log scale)',
        (value) => significant(value),
        'below',
      ),
      type: 'log',
    },
    yAxis: { ...valueAxis(theme, 'accuracy, %', (value) => significant(value)), scale: true, nameGap: 42 },
    series: [
      ...names.map((name, slot) => ({
        name,
        type: 'scatter' as const,
        ...slotMarker(theme, slot),
        symbolSize: 10,
        emphasis: { scale: 2, itemStyle: { borderColor: theme.ink, borderWidth: 2 } },
        data: dots
          .filter(({ network }) => network === name)
          .map(({ id, ms, accuracy }) => ({ name: id, value: [ms, 100 * accuracy] })),
      })),
      ...(baseline
        ? [
            {
              name: pinnedName,
              type: 'scatter' as const,
              silent: true,
              symbol: 'circle',
              symbolSize: 18,
              itemStyle: { color: 'transparent', borderColor: theme.ink, borderWidth: 2 },
              data: [[baseline.ms, 100 * baseline.accuracy]],
              markLine: {
                silent: true,
                symbol: 'none',
                label: { show: false },
                lineStyle: { color: theme.muted, type: 'dashed' as const, width: 1 },
                data: [line('x', baseline.ms), line('y', 100 * baseline.accuracy)],
              },
            },
          ]
        : []),
    ],
  } as EChartsOption
}

export const runsTable = (dots: readonly RunDot[]): ExportTable => ({
  name: 'best-of-runs',
  columns: ['run', 'network', 'end_to_end_composed_ms', 'accuracy_fraction'],
  rows: dots.map(({ id, network, ms, accuracy }) => [id, network, ms, accuracy]),
})
