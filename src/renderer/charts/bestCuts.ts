import type { CustomSeriesOption, EChartsOption } from 'echarts'
import type { LatencyBar } from '#common/charts/latencyBars.ts'
import { bestCutBars, bestCutBarsOption } from '#common/charts/latencyBars.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { ExportTable } from '../export/table.ts'

/** The report's bars with the 95 % interval of each total. */
export function bestCutsOption(comparison: Comparison, link: string, theme: ChartTheme): EChartsOption {
  const option = bestCutBarsOption(comparison, link, theme)
  return {
    ...option,
    series: [...(option.series as object[]), totalIntervals(bestCutBars(comparison, link), theme)],
  } as EChartsOption
}

const totalIntervals = (bars: readonly LatencyBar[], theme: ChartTheme): CustomSeriesOption => ({
  name: '95 % interval',
  type: 'custom',
  silent: true,
  z: 5,
  data: bars.flatMap(({ endToEnd }, index) => (endToEnd ? [[...endToEnd.ci95, index]] : [])),
  encode: { x: [0, 1], y: 2 },
  renderItem: (_params, api) => {
    const [low, y] = api.coord([api.value(0), api.value(2)]) as [number, number]
    const [high] = api.coord([api.value(1), api.value(2)]) as [number, number]
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: theme.ink, lineWidth: 1.5 },
    })
    return { type: 'group', children: [line(low, y, high, y), line(low, y - 5, low, y + 5), line(high, y - 5, high, y + 5)] }
  },
})

export const bestCutsTable = (comparison: Comparison, link: string): ExportTable => ({
  name: 'best-cuts',
  columns: [
    'series',
    'partition_point',
    'device_ms',
    'transmission_ms',
    'server_ms',
    'end_to_end_composed_ms',
    'ci95_low_ms',
    'ci95_high_ms',
    'empty_because',
  ],
  rows: bestCutBars(comparison, link).map(({ label, point, endToEnd, reason }) =>
    endToEnd
      ? [
          label,
          point,
          endToEnd.parts.device,
          endToEnd.parts.transmission,
          endToEnd.parts.server,
          endToEnd.composedMs,
          ...endToEnd.ci95,
          null,
        ]
      : [label, point, null, null, null, null, null, null, reason],
  ),
})
