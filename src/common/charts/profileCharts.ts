import type { EChartsOption } from 'echarts'
import type { Link } from '../contract/config.ts'
import type { ModelProfile, PayloadForm } from '../contract/modelProfile.ts'
import { payloadForms } from '../contract/modelProfile.ts'
import { composedSource } from '../latency/compose.ts'
import { bestCut, cutOverLink } from '../latency/cutRates.ts'
import { formatMacs, significant } from '../units.ts'
import { frame, legend, pointAxis, valueAxis } from './axes.ts'
import { latencyParts, roundUp, stackedParts } from './latencyBars.ts'
import type { ChartTheme } from './theme.ts'
import { slotColour, slotDash, slotMarker } from './theme.ts'

type Charted = Pick<ModelProfile, 'cuts' | 'best'>

/** A point's name as an axis shows it: the end of a long path says more than its beginning. */
export const shortPoint = (point: string, most = 20): string =>
  [...point].length <= most ? point : `…${[...point].slice(1 - most).join('')}`

const bytesLabel = (bytes: number): string =>
  bytes >= 1e6 ? `${bytes / 1e6} MB` : bytes >= 1e3 ? `${bytes / 1e3} kB` : `${bytes} B`

/** "3G, WiFi" per point that is the best cut over these links with this payload. */
export function bestLinks({ best }: Pick<ModelProfile, 'best'>, form: PayloadForm): Map<string, string[]> {
  const links = new Map<string, string[]>()
  for (const one of best) {
    const { point } = one[form]
    links.set(point, [...(links.get(point) ?? []), one.link.name])
  }
  return links
}

const formNames: Record<PayloadForm, string> = { float32: 'payload as it is', uint8: 'one byte per element' }
export const formTitle = (form: PayloadForm): string => formNames[form]

/**
 * The two sides of moving the cut (after Shi et al. 2019, Figure 3): bytes that cross at every point as columns, what the
 * device has computed by then as a line, and over which links a point is the best cut.
 */
export function profileWorkloadOption(profile: Charted, theme: ChartTheme): EChartsOption {
  const points = profile.cuts.map(({ point }) => shortPoint(point))
  const values = profile.cuts.flatMap(({ payloadBytes, uint8Bytes }) => [payloadBytes, uint8Bytes])
  const decade = (value: number, round: (exponent: number) => number): number => 10 ** round(Math.log10(value))
  const highest = decade(Math.max(...values) * 1.6, Math.ceil)
  const marks = bestLinks(profile, 'float32')
  const macs = 'MACs up to the point'
  const best = 'best cut as it is, over'
  const names = [...payloadForms.map(formTitle), macs, best]
  return {
    ...frame(theme),
    grid: { top: 44, left: 76, right: 76, bottom: 92 },
    legend: legend(theme, names),
    xAxis: pointAxis(theme, points),
    yAxis: [
      {
        ...valueAxis(theme, 'payload per image (log scale)', bytesLabel),
        type: 'log',
        min: Math.min(decade(Math.min(...values) * 0.7, Math.floor), 1e3),
        max: highest,
      },
      { ...valueAxis(theme, 'MACs of the device', formatMacs), splitLine: { show: false }, position: 'right' as const },
    ],
    series: [
      ...payloadForms.map((form, index) => ({
        name: formTitle(form),
        type: 'bar' as const,
        barMaxWidth: 16,
        barGap: '10%',
        data: profile.cuts.map((cut) => (form === 'float32' ? cut.payloadBytes : cut.uint8Bytes)),
        itemStyle: {
          color: slotColour(theme, index),
          ...(form === 'uint8' && {
            decal: {
              symbol: 'rect',
              color: theme.surface,
              symbolSize: 1,
              dashArrayX: [1, 0],
              dashArrayY: [2, 4],
              rotation: Math.PI / 4,
            },
          }),
        },
      })),
      {
        name: macs,
        type: 'line' as const,
        yAxisIndex: 1,
        data: profile.cuts.map(({ headMacs }) => headMacs),
        ...slotMarker(theme, 3),
        symbolSize: 7,
        showAllSymbol: true,
        lineStyle: { color: slotColour(theme, 3), type: slotDash(3), width: 2 },
      },
      {
        name: best,
        type: 'scatter' as const,
        symbol: 'pin',
        symbolSize: 18,
        itemStyle: { color: theme.ink },
        data: profile.cuts.flatMap(({ point, payloadBytes }, index) => {
          const links = marks.get(point)
          if (!links) return []
          // Where a name would run out at the right edge there is room on the other side, unless one stands there already.
          const name = links.join(', ')
          const count = profile.cuts.length
          const half = name.length * halfLetter * count
          const taken = profile.cuts.slice(Math.max(0, index - nameSpan), index).some((cut) => marks.has(cut.point))
          const aside = !taken && count - index - 0.5 < half
          // Above every column that the name reaches over.
          const below = profile.cuts.filter((_, at) => at <= index && aside && index - at <= 2 * half + 0.5)
          const bytes = Math.max(payloadBytes, ...below.map((cut) => cut.payloadBytes))
          const label = { show: true, formatter: name, position: aside ? ('left' as const) : ('top' as const) }
          return [{ value: [index, bytes * 1.6], label }]
        }),
        label: {
          color: theme.ink,
          fontSize: 12,
          backgroundColor: theme.surface,
          padding: [1, 3],
        },
        z: 5,
      },
    ],
  }
}

/** Half a letter of a pin's name, as a share of the chart's width. */
const halfLetter = 0.004
/** Over so many cuts the name of a pin may reach. */
const nameSpan = 3

/** What the composed latency of a profile may be called. */
export const profileSource = ({ cuts }: Pick<ModelProfile, 'cuts'>): string =>
  cuts[0] ? composedSource(cuts[0].deviceMs, cuts[0].serverMs) : 'measured'

/** A panel shows so many times the best latency; longer columns leave it. */
const headroom = 6

/** Device, link and server of every cut over one link, as stacked columns; those that take much longer than the best leave the panel. */
export function profileLatencyOption(
  profile: Charted,
  link: Pick<Link, 'rateMbps' | 'rttMs'>,
  form: PayloadForm,
  theme: ChartTheme,
): EChartsOption {
  const { cuts } = profile
  const bars = cuts.map((cut) => ({ endToEnd: cutOverLink(cut, link, form).endToEnd }))
  const best = cuts.length > 0 ? bestCut(cuts, link, form) : null
  const highest = Math.max(0, ...bars.map(({ endToEnd }) => endToEnd.composedMs))
  // Early cuts of large images take seconds: on their scale the good ones would all look alike.
  const top = best && highest > headroom * best.composedMs ? roundUp(headroom * best.composedMs) : undefined
  return {
    ...frame(theme),
    grid: { top: 40, left: 76, right: 16, bottom: 92 },
    legend: legend(theme, latencyParts),
    xAxis: pointAxis(
      theme,
      cuts.map(({ point }) => shortPoint(point)),
    ),
    yAxis: {
      ...valueAxis(theme, `end to end, ms (composed, ${profileSource(profile)})`, (value) => significant(value)),
      ...(top !== undefined && { max: top }),
    },
    series: [
      ...stackedParts(bars, theme),
      {
        type: 'scatter' as const,
        name: 'best cut',
        symbol: 'pin',
        symbolSize: 18,
        itemStyle: { color: theme.ink },
        z: 5,
        data: best
          ? [
              {
                value: [cuts.indexOf(best.cut), best.composedMs],
                label: {
                  show: true,
                  formatter: `${significant(best.composedMs)} ms`,
                  position: 'top' as const,
                  color: theme.ink,
                  backgroundColor: theme.surface,
                  padding: [1, 3],
                },
              },
            ]
          : [],
      },
    ],
  }
}

export const rateBounds = { min: 0.1, max: 1000 } as const
const steps = 120

/** Cuts that are the best at some rate within the bounds, in the order of growing rate; `input` and `output` beside them. */
function linesOver(profile: Pick<ModelProfile, 'cuts' | 'byRate'>, form: PayloadForm): string[] {
  const within = profile.byRate[form].filter(
    ({ fromMbps, toMbps }) => fromMbps < rateBounds.max && (toMbps ?? Number.POSITIVE_INFINITY) > rateBounds.min,
  )
  const ends = ['input', 'output'].filter((point) => profile.cuts.some((cut) => cut.point === point))
  return [...new Set([...within.map(({ point }) => point), ...ends])]
}

/** End-to-end latency over the rate of the link: where lines cross, the best cut flips. */
export function profileRateOption(
  profile: Pick<ModelProfile, 'cuts' | 'byRate'>,
  form: PayloadForm,
  theme: ChartTheme,
  marked?: number,
): EChartsOption {
  const names = linesOver(profile, form)
  const rates = Array.from(
    { length: steps + 1 },
    (_, i) => rateBounds.min * (rateBounds.max / rateBounds.min) ** (i / steps),
  )
  const flips = profile.byRate[form].slice(1).map(({ fromMbps }) => fromMbps)
  const lines = [
    ...flips.filter((rate) => rate > rateBounds.min && rate < rateBounds.max).map((rate) => ({ xAxis: rate })),
    ...(marked === undefined
      ? []
      : [
          {
            xAxis: marked,
            lineStyle: { type: 'solid' as const, width: 2, color: theme.ink },
            // The slider tells the rate; a second number would cover that of a flip.
            label: { show: false },
          },
        ]),
  ]
  return {
    ...frame(theme),
    grid: { top: 64, left: 76, right: 24, bottom: 50 },
    legend: {
      ...legend(
        theme,
        names.map((name) => shortPoint(name, 28)),
      ),
      itemGap: 16,
    },
    xAxis: {
      ...valueAxis(theme, 'uplink rate, Mbit/s (log scale)', (value) => significant(value), 'below'),
      type: 'log',
      ...rateBounds,
    },
    yAxis: {
      ...valueAxis(theme, 'end to end, ms (composed, log scale)', (value) => significant(value)),
      type: 'log',
    },
    series: names.map((name, index) => ({
      name: shortPoint(name, 28),
      type: 'line' as const,
      showSymbol: true,
      ...slotMarker(theme, index),
      symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) => (dataIndex % 20 === 10 ? 7 : 0),
      lineStyle: { color: slotColour(theme, index), type: slotDash(index), width: 2 },
      data: rates.map((rateMbps) => [
        rateMbps,
        cutOverLink(profile.cuts.find(({ point }) => point === name)!, { rateMbps, rttMs: null }, form).endToEnd
          .composedMs,
      ]),
      ...(index === 0 && {
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: theme.muted, type: 'dashed' as const, width: 1.25 },
          label: {
            formatter: ({ value }: { value: unknown }) => `${significant(Number(value))}`,
            color: theme.ink,
            backgroundColor: theme.surface,
            padding: [1, 3],
          },
          data: lines,
        },
      }),
    })),
  }
}
