import type { CustomSeriesOption, EChartsOption } from 'echarts'
import type { LatencyBar } from '#common/charts/latencyBars.ts'
import { bestCutBarsOption } from '#common/charts/latencyBars.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { Comparison } from '#common/contract/result.ts'
import { formatMs } from '#common/units.ts'
import type { ExportTable } from '../export/table.ts'

/** The report's bars with the 95 % interval of each total; cut and total stand behind the interval. */
export function bestCutsOption(comparison: Comparison, bars: readonly LatencyBar[], theme: ChartTheme): EChartsOption {
  const option = bestCutBarsOption(comparison, bars, theme)
  const parts = (option.series as { name?: string }[]).filter(({ name }) => name !== undefined)
  return {
    ...option,
    grid: { top: 34, left: 150, right: 130, bottom: 46 },
    series: [...parts, totals(bars, theme)],
  } as EChartsOption
}

const totals = (bars: readonly LatencyBar[], theme: ChartTheme): CustomSeriesOption => ({
  name: '95 % interval',
  type: 'custom',
  silent: true,
  clip: false,
  z: 5,
  data: bars.map(({ endToEnd }, index) => [...(endToEnd?.ci95 ?? [0, 0]), index]),
  encode: { x: [0, 1], y: 2 },
  renderItem: (params, api) => {
    const { endToEnd, point } = bars[params.dataIndex]!
    const [low, y] = api.coord([api.value(0), api.value(2)]) as [number, number]
    const [high] = api.coord([api.value(1), api.value(2)]) as [number, number]
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: theme.ink, lineWidth: 1.5 },
    })
    const text = {
      type: 'text' as const,
      style: {
        text: endToEnd ? `${point}: ${formatMs(endToEnd.composedMs)}` : 'no cut',
        x: high + 7,
        y,
        fill: theme.ink,
        fontSize: 12,
        fontFamily: theme.fontFamily,
        verticalAlign: 'middle' as const,
      },
    }
    const bar = [line(low, y, high, y), line(low, y - 5, low, y + 5), line(high, y - 5, high, y + 5)]
    return { type: 'group', children: endToEnd ? [...bar, text] : [text] }
  },
})

export const bestCutsTable = (bars: readonly LatencyBar[]): ExportTable => ({
  name: 'best-cuts',
  columns: [
    'series',
    'step_or_form',
    'partition_point',
    'device_ms',
    'transmission_ms',
    'server_ms',
    'end_to_end_composed_ms',
    'ci95_low_ms',
    'ci95_high_ms',
    'empty_because',
  ],
  rows: bars.map(({ label, detail, point, endToEnd, reason }) =>
    endToEnd
      ? [
          label,
          detail,
          point,
          endToEnd.parts.device,
          endToEnd.parts.transmission,
          endToEnd.parts.server,
          endToEnd.composedMs,
          ...endToEnd.ci95,
          null,
        ]
      : [label, detail, point, null, null, null, null, null, null, reason],
  ),
})
