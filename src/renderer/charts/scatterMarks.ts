import type { EChartsOption } from 'echarts'
import { chartSeries } from '#common/charts/series.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { Mark } from './marks.ts'

const star = 'path://M0,-10 L2.4,-3.2 9.5,-3.1 3.8,1.2 5.9,8.1 0,4 -5.9,8.1 -3.8,1.2 -9.5,-3.1 -2.4,-3.2 Z'

/** The marks of a candidate in the scatter of accuracy and latency: one in every series that it belongs to. */
export function scatterMarks(comparison: Comparison, link: string, id: string | null): Mark[] {
  return chartSeries(comparison).flatMap(({ label, candidates }) => {
    const drawn = candidates.filter(({ byLink }) => byLink[link]?.endToEnd)
    const dataIndex = drawn.findIndex((candidate) => candidate.id === id)
    return dataIndex < 0 ? [] : [{ seriesName: label, dataIndex }]
  })
}

/** The scatter with marks that can light up, and the pinned candidate as a star. */
export function withPinned(
  option: EChartsOption,
  comparison: Comparison,
  link: string,
  pinned: string | null,
  theme: ChartTheme,
): EChartsOption {
  const candidate = comparison.candidates.find(({ id }) => id === pinned)
  const ms = candidate?.byLink[link]?.endToEnd?.composedMs
  const emphasis = { scale: 2, itemStyle: { borderColor: theme.ink, borderWidth: 2 } }
  const series = (option.series as { type?: string }[]).map((one) =>
    one.type === 'scatter' ? { ...one, emphasis } : one,
  )
  if (!candidate || ms === undefined) return { ...option, series } as EChartsOption
  const baseline = {
    name: 'baseline ★',
    type: 'scatter',
    symbol: star,
    symbolSize: 18,
    z: 6,
    silent: true,
    itemStyle: { color: theme.surface, borderColor: theme.ink, borderWidth: 1.5 },
    data: [[ms, candidate.accuracy * 100]],
  }
  const legend = option.legend as { data?: string[] }
  return {
    ...option,
    legend: { ...legend, data: [...(legend.data ?? []), baseline.name] },
    series: [...series, baseline],
  } as EChartsOption
}
