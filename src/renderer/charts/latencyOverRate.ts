import type { EChartsOption, LineSeriesOption } from 'echarts'
import { frame, legend, valueAxis } from '#common/charts/axes.ts'
import { chartSeries, withinSeries } from '#common/charts/series.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotColour, slotDash } from '#common/charts/theme.ts'
import type { Comparison } from '#common/contract/result.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { significant } from '#common/units.ts'
import type { ExportTable } from '../export/table.ts'
import { manyLines } from './manyLines.ts'

/** 0.1 to 100 Mbit/s, evenly on a log scale. */
export const rates: readonly number[] = Array.from({ length: 31 }, (_, index) => 10 ** (index / 10 - 1))

export interface RateLine {
  /** Of the candidate. */
  id: string
  series: string
  /** What it is of its series, where that has several. */
  detail: string | null
  point: string
  slot: number
  /** End to end in ms at each of `rates`. */
  ms: number[]
}

/** What every timed candidate would take on links of other rates: its own device and server times, computed transmission. */
export function latencyOverRate(comparison: Comparison): RateLine[] {
  const { rttMs } = comparison.link
  const drawn = new Set<string>()
  return chartSeries(comparison).flatMap((series) =>
    series.candidates.flatMap((candidate): RateLine[] => {
      const { id, deviceMs, serverMs, payloadBytes, headerBytes, partitionPoint } = candidate
      // `input` and `output` belong to all forms of a framework; one line is enough.
      if (drawn.has(id)) return []
      drawn.add(id)
      const fixed = (deviceMs?.median ?? Number.NaN) + (serverMs?.median ?? Number.NaN)
      if (!Number.isFinite(fixed)) return []
      const ms = rates.map((rateMbps) => fixed + transmissionMs(payloadBytes + headerBytes, { rateMbps, rttMs }))
      const detail = withinSeries(candidate, series)
      return [{ id, series: series.label, detail, point: partitionPoint, slot: series.slot, ms }]
    }),
  )
}

const nameOf = ({ series, detail, point }: RateLine): string =>
  [series, ...(detail === null ? [] : [detail]), point].join(' · ')

/**
 * A thin line per candidate, all of them one series (a series for each takes longer to draw than all the rest of the
 * page); the pinned one thick and dashed, the one that is pointed at thick.
 */
export function latencyOverRateOption(
  lines: readonly RateLine[],
  { pinned, pointed }: { pinned: string | null; pointed: string | null },
  theme: ChartTheme,
): EChartsOption {
  const series = [...new Map(lines.map((line) => [line.series, line])).values()]
  return {
    ...frame(theme),
    grid: { top: 36, left: 70, right: 18, bottom: 48 },
    legend: legend(
      theme,
      series.map((one) => one.series),
    ),
    xAxis: {
      ...valueAxis(theme, 'link rate, Mbit/s (log scale)', (value) => significant(value), 'below'),
      type: 'log',
      min: 0.1,
      max: 100,
      splitLine: { show: false },
    },
    yAxis: {
      ...valueAxis(theme, 'end to end, ms (log)', (value) => significant(value)),
      type: 'log',
      nameGap: 46,
    },
    series: [
      // The legend names frameworks; single lines are named by pointing at their rows.
      ...series.map((one) => ({
        name: one.series,
        type: 'line' as const,
        data: [],
        symbol: 'none',
        lineStyle: { color: slotColour(theme, one.slot), width: 2, type: slotDash(one.slot) },
        itemStyle: { color: slotColour(theme, one.slot) },
      })),
      {
        ...manyLines(
          'candidates',
          lines.map((line) => ({ name: nameOf(line), slot: line.slot, values: line.ms })),
          theme,
          { at: (place) => rates[place]!, dashed: true },
        ),
        z: 2,
      },
      thick(
        lines.find(({ id }) => id === pointed),
        'pointed at',
        { width: 4.5 },
        theme,
      ),
      thick(
        lines.find(({ id }) => id === pinned),
        'pinned',
        { width: 3, type: [6, 4], color: theme.ink },
        theme,
      ),
    ],
  } as EChartsOption
}

/** Always there, without points where no line is meant: the chart keeps its series, and only their data change. */
const thick = (line: RateLine | undefined, name: string, style: LineSeriesOption['lineStyle'], theme: ChartTheme) => ({
  name,
  type: 'line' as const,
  symbol: 'none',
  silent: true,
  z: 4,
  data: line ? line.ms.map((ms, index) => [rates[index]!, ms]) : [],
  lineStyle: { color: slotColour(theme, line?.slot ?? 0), type: 'solid' as const, ...style },
})

export const latencyOverRateTable = (lines: readonly RateLine[]): ExportTable => ({
  name: 'latency-over-rate',
  columns: ['series', 'step_or_form', 'partition_point', 'rate_mbit_per_s', 'end_to_end_composed_ms'],
  rows: lines.flatMap(({ series, detail, point, ms }) =>
    ms.map((value, index) => [series, detail, point, rates[index]!, value]),
  ),
})
