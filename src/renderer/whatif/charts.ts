import type { EChartsOption } from 'echarts'
import { frame, legend, pointAxis, valueAxis } from '#common/charts/axes.ts'
import { mostSeries } from '#common/charts/series.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotColour, slotDash, slotMarker } from '#common/charts/theme.ts'
import { significant } from '#common/units.ts'
import { manyLines } from '../charts/manyLines.ts'
import type { ExportTable } from '../export/table.ts'
import type { WhatIfCut, WhatIfSeries } from './cuts.ts'

/** Margins that hold the labels: nothing need be measured while a slider moves. */
const fixed = { left: 64, right: 16, outerBoundsMode: 'none' as const }

type Part = (cut: WhatIfCut) => number | null

function along({ cuts }: WhatIfSeries, points: readonly string[], part: Part): (number | null)[] {
  const values: (number | null)[] = points.map(() => null)
  for (const cut of cuts) values[cut.place] = part(cut)
  return values
}

/** Values of 0 (nothing runs before `input`) have no place on a log axis. */
const positive = (value: number | null): number | null => (value !== null && value > 0 ? value : null)

const drawn = (one: WhatIfSeries, data: (number | null)[], theme: ChartTheme) => ({
  name: one.label,
  type: 'line' as const,
  data,
  ...slotMarker(theme, one.slot),
  symbolSize: 6,
  showAllSymbol: true,
  connectNulls: false,
  lineStyle: { color: slotColour(theme, one.slot), type: slotDash(one.slot), width: 1.75 },
})

/** Lines of one quantity: marked and in the legend while there are few, otherwise all in one series, where pointing names one. */
function lines(
  name: string,
  series: readonly WhatIfSeries[],
  points: readonly string[],
  part: Part,
  theme: ChartTheme,
): object[] {
  if (series.length <= mostSeries) return series.map((one) => drawn(one, along(one, points, part), theme))
  const all = series.map((one) => ({ name: one.label, slot: one.slot, values: along(one, points, part) }))
  return [manyLines(name, all, theme)]
}

const legendOf = (series: readonly WhatIfSeries[], theme: ChartTheme) =>
  series.length <= mostSeries && {
    legend: legend(
      theme,
      series.map(({ label }) => label),
    ),
  }

/** Transmission above, computation on the device below, over the same points: the two sides of moving the cut. */
export function workloadOption(
  series: readonly WhatIfSeries[],
  points: readonly string[],
  theme: ChartTheme,
): EChartsOption {
  const axis = (name: string) => ({
    ...valueAxis(theme, name, (value) => significant(value)),
    type: 'log' as const,
    nameGap: 46,
  })
  return {
    ...frame(theme),
    grid: [
      { ...fixed, top: 34, height: 120 },
      { ...fixed, top: 172, height: 120 },
    ],
    ...legendOf(series, theme),
    xAxis: [
      { ...pointAxis(theme, points), gridIndex: 0, axisLabel: { show: false } },
      { ...pointAxis(theme, points), gridIndex: 1 },
    ],
    yAxis: [
      { ...axis('transmission, ms'), gridIndex: 0 },
      { ...axis('device, ms'), gridIndex: 1 },
    ],
    series: [
      ...lines('transmission', series, points, ({ transmissionMs }) => positive(transmissionMs), theme),
      ...lines('device', series, points, ({ deviceMs }) => positive(deviceMs), theme).map((one) => ({
        ...one,
        xAxisIndex: 1,
        yAxisIndex: 1,
      })),
    ],
  }
}

/** End-to-end latency of every cut; the best cut of each series within the accuracy bound is pointed out. */
export function endToEndOption(
  series: readonly WhatIfSeries[],
  points: readonly string[],
  theme: ChartTheme,
): EChartsOption {
  return {
    ...frame(theme),
    grid: { ...fixed, top: 34, bottom: 54 },
    ...legendOf(series, theme),
    xAxis: pointAxis(theme, points),
    yAxis: {
      ...valueAxis(theme, 'end to end, ms (composed)', (value) => significant(value)),
      type: 'log' as const,
      nameGap: 46,
    },
    series: [
      ...lines('end to end', series, points, ({ totalMs }) => totalMs, theme),
      {
        name: bestName,
        type: 'scatter' as const,
        symbol: 'circle',
        symbolSize: 15,
        silent: true,
        z: 4,
        itemStyle: { color: 'transparent', borderColor: theme.ink, borderWidth: 1.5 },
        data: series.flatMap(({ best }) => (best?.totalMs ? [[best.candidate.partitionPoint, best.totalMs]] : [])),
      },
    ],
  }
}

const bestName = 'fastest within the accuracy bound'

export const whatIfTable = (name: string, series: readonly WhatIfSeries[]): ExportTable => ({
  name,
  columns: [
    'series',
    'partition_point',
    'codec',
    'payload_bytes',
    'head_macs',
    'device_ms',
    'transmission_ms',
    'server_ms',
    'end_to_end_composed_ms',
    'ci95_low_ms',
    'ci95_high_ms',
    'best_within_bound',
  ],
  rows: series.flatMap(({ label, cuts, best }) =>
    cuts.map((cut) => [
      label,
      cut.candidate.partitionPoint,
      cut.candidate.codec,
      cut.candidate.payloadBytes,
      cut.candidate.headMacs,
      cut.deviceMs,
      cut.transmissionMs,
      cut.serverMs,
      cut.totalMs,
      cut.ci95?.[0] ?? null,
      cut.ci95?.[1] ?? null,
      cut === best ? 'yes' : 'no',
    ]),
  ),
})
