import type { EChartsOption } from 'echarts'
import { frame, legend, valueAxis } from '#common/charts/axes.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { LiveLook } from '#common/contract/live.ts'
import { isUnknownRate } from '#common/latency/linkFit.ts'
import { significant } from '#common/units.ts'
import type { ExportTable } from '../export/table.ts'

/** So many looks are drawn while it goes on: the newest ones. */
export const drawnLooks = 300

/** Parts of an image's way in their order, in the colours that they have everywhere. */
const parts = [
  { name: 'device: head', colour: ({ parts }: ChartTheme) => parts.device, of: ({ headMs }: LiveLook) => headMs },
  {
    name: 'device: encoding',
    colour: ({ series }: ChartTheme) => series[2]!,
    of: ({ encodeMs }: LiveLook) => encodeMs,
  },
  {
    name: 'link, both ways',
    colour: ({ parts }: ChartTheme) => parts.transmission,
    of: ({ linkMs }: LiveLook) => linkMs,
  },
  { name: 'server', colour: ({ parts }: ChartTheme) => parts.server, of: ({ serverMs }: LiveLook) => serverMs },
] as const
const expected = 'expected by the selection'

const timeAxis = (theme: ChartTheme, looks: readonly LiveLook[]) => ({
  ...valueAxis(theme, 'since the first look, s', (value) => significant(value), 'below'),
  nameGap: 24,
  // Whole seconds: the ends of the axis are labelled, too.
  min: Math.floor(looks[0]?.atS ?? 0),
  max: Math.ceil(Math.max(looks.at(-1)?.atS ?? 0, 1)),
  splitLine: { show: false },
})

/** Where another candidate came in. */
const changes = (looks: readonly LiveLook[], theme: ChartTheme) => ({
  silent: true,
  symbol: 'none',
  lineStyle: { color: theme.ink, width: 1, type: 'dashed' as const },
  label: { show: true, color: theme.ink, fontSize: 11, position: 'end' as const, formatter: '{b}' },
  data: looks.flatMap(({ atS, reason, partitionPoint }) =>
    // The first one's name would lie over the numbers of the axis.
    reason === null
      ? []
      : [{ xAxis: atS, name: partitionPoint, label: { align: atS === looks[0]!.atS ? 'left' : 'center' } }],
  ),
})

/** Medians of an image's parts between two looks, stacked over time, beside what the selection expected. */
export function partsOverTimeOption(looks: readonly LiveLook[], theme: ChartTheme): EChartsOption {
  return {
    ...frame(theme),
    grid: { top: 46, left: 58, right: 20, bottom: 42 },
    legend: legend(theme, [...parts.map(({ name }) => name), expected]),
    xAxis: timeAxis(theme, looks),
    yAxis: { ...valueAxis(theme, 'per image, ms (median)', (value) => significant(value)), nameGap: 42 },
    series: [
      ...parts.map(({ name, colour, of }, index) => ({
        name,
        type: 'line' as const,
        stack: 'parts',
        symbol: 'none',
        lineStyle: { width: 0 },
        areaStyle: { color: colour(theme), opacity: 0.85 },
        itemStyle: { color: colour(theme) },
        data: looks.map((look) => [look.atS, of(look)]),
        ...(index === 0 && { markLine: changes(looks, theme) }),
      })),
      {
        name: expected,
        type: 'line' as const,
        step: 'end' as const,
        symbol: 'none',
        lineStyle: { color: theme.ink, width: 1.5, type: 'dotted' as const },
        itemStyle: { color: theme.ink },
        data: looks.map(({ atS, expectedMs }) => [atS, expectedMs]),
      },
    ],
  } as EChartsOption
}

/** The link as it was measured at every look. */
export function linkOverTimeOption(looks: readonly LiveLook[], theme: ChartTheme): EChartsOption {
  return {
    ...frame(theme),
    grid: { top: 30, left: 58, right: 20, bottom: 42 },
    xAxis: timeAxis(theme, looks),
    yAxis: {
      ...valueAxis(theme, 'link rate, Mbit/s (measured)', (value) => significant(value)),
      type: 'log',
      nameGap: 42,
    },
    series: [
      {
        name: 'rate',
        type: 'line',
        step: 'end',
        // A triangle points to where the rate may be: only its lower bound is known.
        symbol: (_: unknown, { dataIndex }: { dataIndex: number }) =>
          looks[dataIndex]?.atLeast ? 'triangle' : 'circle',
        symbolSize: 6,
        lineStyle: { color: theme.series[1]!, width: 2 },
        itemStyle: { color: theme.series[1]! },
        data: looks.map((look) => [look.atS, isUnknownRate(look) ? null : look.rateMbps]),
        markLine: changes(looks, theme),
      },
    ],
  } as EChartsOption
}

const rateIs = (look: LiveLook): string =>
  isUnknownRate(look) ? 'not measurable' : look.atLeast ? 'at least' : 'measured'

export const looksTable = (looks: readonly LiveLook[]): ExportTable => ({
  name: 'live-inference',
  columns: [
    ...['at_s', 'rate_mbit_per_s', 'rate_is', 'rate95_low_mbit_per_s', 'rate95_high_mbit_per_s', 'round_trip_ms'],
    ...['paced_to', 'candidate', 'partition_point', 'images'],
    ...['head_ms', 'encode_ms', 'link_ms', 'server_ms', 'whole_ms', 'expected_ms', 'source', 'reason_of_change'],
  ],
  rows: looks.map((look) => [
    ...[look.atS, look.rateMbps, rateIs(look), look.rate95?.[0] ?? null],
    ...[look.rate95?.[1] ?? null, look.rttMs, look.paced, look.candidate, look.partitionPoint, look.images],
    ...[look.headMs, look.encodeMs, look.linkMs, look.serverMs, look.wholeMs, look.expectedMs],
    ...[look.source, look.reason],
  ]),
})
