import type { EChartsOption } from 'echarts'
import { frame, legend, valueAxis } from '#common/charts/axes.ts'
import { comparisonSeries } from '#common/charts/series.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotColour, slotDash } from '#common/charts/theme.ts'
import type { Comparison } from '#common/contract/result.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { significant } from '#common/units.ts'
import type { ExportTable } from '../export/table.ts'
import type { Mark } from './marks.ts'

/** 0.1 to 100 Mbit/s, evenly on a log scale. */
export const rates: readonly number[] = Array.from({ length: 31 }, (_, index) => 10 ** (index / 10 - 1))

export interface RateLine {
  /** Of the candidate. */
  id: string
  series: string
  point: string
  slot: number
  /** End to end in ms at each of `rates`. */
  ms: number[]
}

/** What every timed candidate would take on links of other rates: its own device and server times, computed transmission. */
export function latencyOverRate(comparison: Comparison): RateLine[] {
  const { rttMs } = comparison.link
  const drawn = new Set<string>()
  return comparisonSeries(comparison).flatMap(({ label, slot, candidates }) =>
    candidates.flatMap((candidate): RateLine[] => {
      const { id, deviceMs, serverMs, payloadBytes, headerBytes, partitionPoint } = candidate
      // `input` and `output` belong to all forms of a framework; one line is enough.
      if (drawn.has(id)) return []
      drawn.add(id)
      const fixed = (deviceMs?.median ?? Number.NaN) + (serverMs?.median ?? Number.NaN)
      if (!Number.isFinite(fixed)) return []
      const ms = rates.map((rateMbps) => fixed + transmissionMs(payloadBytes + headerBytes, { rateMbps, rttMs }))
      return [{ id, series: label, point: partitionPoint, slot, ms }]
    }),
  )
}

const nameOf = ({ series, point }: RateLine): string => `${series} · ${point}`

/** The mark of a candidate's line. */
export function rateMark(lines: readonly RateLine[], id: string | null): Mark[] {
  const line = lines.find((one) => one.id === id)
  return line ? [{ seriesName: nameOf(line) }] : []
}

/** One thin line per candidate; the pinned one is thick and dashed. */
export function latencyOverRateOption(
  lines: readonly RateLine[],
  pinned: string | null,
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
      ...lines.map((line) => {
        const isPinned = line.id === pinned
        return {
          name: nameOf(line),
          type: 'line' as const,
          symbol: 'none',
          data: line.ms.map((ms, index) => [rates[index]!, ms]),
          z: isPinned ? 4 : 2,
          lineStyle: {
            color: isPinned ? theme.ink : slotColour(theme, line.slot),
            width: isPinned ? 3 : 1,
            type: isPinned ? [6, 4] : slotDash(line.slot),
            opacity: isPinned ? 1 : 0.55,
          },
          itemStyle: { color: isPinned ? theme.ink : slotColour(theme, line.slot) },
          emphasis: { lineStyle: { width: 4.5, opacity: 1 } },
        }
      }),
    ],
  } as EChartsOption
}

export const latencyOverRateTable = (lines: readonly RateLine[]): ExportTable => ({
  name: 'latency-over-rate',
  columns: ['series', 'partition_point', 'rate_mbit_per_s', 'end_to_end_composed_ms'],
  rows: lines.flatMap(({ series, point, ms }) => ms.map((value, index) => [series, point, rates[index]!, value])),
})
