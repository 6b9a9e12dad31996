import type { Comparison } from '../../contract/result.ts'
import { significant } from '../../units.ts'
import { valueAxis } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'
import type { Cell, Drawing, FigureSettings } from './drawing.ts'
import { hollow, logScale, sheet, spans } from './drawing.ts'
import type { Entry } from './entries.ts'
import { cloudOnly, entriesOf, entryStyle, safbmpWhole, timesUnder } from './entries.ts'
import { safbmpTable2, safbmpTable2Source } from './published.ts'
import type { Spread } from './records.ts'
import { describeSetting, networkOf, nothingToShow, oneSetting, seedGroups, spreadOf } from './records.ts'

interface Line {
  /** In the legend. */
  name: string
  network: string
  entry: Entry
  spots: { rate: number; ms: Spread | null; chosen: string | null }[]
}

function linesOf(
  comparisons: readonly Comparison[],
  entries: readonly Entry[],
  rates: readonly number[],
  gamma: number | null,
  name: (entry: Entry) => string,
): Line[] {
  const times = comparisons.map((one) => timesUnder(one, gamma))
  const byRate = rates.map((rate) => times.map((at) => at(rate)))
  return entries.map((entry) => ({
    ...{ name: name(entry), network: networkOf(comparisons[0]!), entry },
    spots: rates.map((rate, index) => {
      const found = byRate[index]!.flatMap((fastest) => fastest(entry) ?? [])
      const chosen = [
        ...new Set(
          found.map(({ candidate: { partitionPoint, step } }) => [partitionPoint, step].filter(Boolean).join(', ')),
        ),
      ]
      return { rate, ms: spreadOf(found.map(({ ms }) => ms)), chosen: chosen.join(' / ') || null }
    }),
  }))
}

/** Mbit/s; the paper gives no range for "low bandwidth". */
const lowRates = [0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1]

/**
 * SAFBMP (Li et al. 2023), Figure 9: latency over low rates per framework, each with the candidate that is fastest there
 * inside the bound. Sending the image is always drawn.
 */
export function safbmp2023Figure9(records: readonly Comparison[], { gamma }: FigureSettings): Drawing {
  const comparisons = oneSetting(records)
  const entries = entriesOf(comparisons)
  const lines = linesOf(comparisons, entries, lowRates, gamma, ({ name }) => name)
  const known = safbmpTable2[comparisons[0]!.network.name] ?? []
  return drawing({
    ...{ lines, rates: lowRates, logRates: true, title: 'Latency end to end at low rates' },
    caption: `${describeSetting(comparisons, gamma)}. At every rate the framework's fastest candidate inside the bound; composed, means over the seeds, bars their range.`,
    published: known.map(({ framework, ms }) => ({ rate: 1, ms, label: framework })),
  })
}

const wifiRates = [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]

/**
 * SAFBMP (Li et al. 2023), Figure 10: its latency over WiFi of 1 to 5 Mbit/s, for every network of the records, with what
 * sending the image takes.
 */
export function safbmp2023Figure10(records: readonly Comparison[], { gamma }: FigureSettings): Drawing {
  const groups = seedGroups(records.filter(({ candidates }) => candidates.some(safbmpWhole.includes)))
  if (groups.length === 0) nothingToShow('no candidate of safbmp', 'Compare with --frameworks safbmp,cloud-only.')
  const several = groups.length > 1
  const lines = groups.flatMap((group) =>
    linesOf(group, [safbmpWhole, cloudOnly], wifiRates, gamma, ({ name }) =>
      several ? `${name}, ${networkOf(group[0]!)}` : name,
    ),
  )
  return drawing({
    ...{ lines, rates: wifiRates, logRates: false, title: 'Latency of SAFBMP over the rate' },
    caption: `${groups.map((group) => describeSetting(group, gamma)).join(' | ')}. The fastest candidate inside the bound at every rate; composed, means over the seeds, bars their range.`,
    published: groups.flatMap(([first]) =>
      (safbmpTable2[first!.network.name] ?? []).flatMap(({ framework, ms }) =>
        framework === 'safbmp' ? [{ rate: 1, ms, label: `safbmp, ${first!.network.name}` }] : [],
      ),
    ),
  })
}

interface Options {
  lines: readonly Line[]
  rates: readonly number[]
  logRates: boolean
  title: string
  caption: string
  published: readonly { rate: number; ms: number; label: string }[]
}

const width = 980
const height = 640

function drawing({ lines, rates, logRates, title, caption, published }: Options): Drawing {
  if (lines.every(({ spots }) => spots.every(({ ms }) => ms === null))) {
    nothingToShow('no timed candidate inside the bound', 'Compare on a device, or with --gamma.')
  }
  const empty = lines.filter(({ spots }) => spots.every(({ ms }) => ms === null)).map(({ name }) => name)
  return {
    ...{ width, height, columns },
    rows: [
      ...lines.flatMap(({ network, entry, spots }) =>
        spots.map(({ rate, ms, chosen }): Cell[] => [
          ...[network, entry.name, rate, ms?.mean ?? null, ms?.min ?? null, ms?.max ?? null, ms?.seeds ?? 0, chosen],
          ms ? 'composed' : 'not run, or nothing inside the bound',
        ]),
      ),
      ...published.map(({ rate, ms, label }): Cell[] => [
        '',
        label,
        rate,
        ms,
        null,
        null,
        null,
        null,
        safbmpTable2Source,
      ]),
    ],
    option(theme: ChartTheme) {
      const names = [...lines.map(({ name }) => name), ...(published.length > 0 ? ['published'] : [])]
      const { base, boxes } = sheet(theme, {
        ...{ title, names, width, height },
        caption: [
          caption,
          ...(empty.length > 0 ? [`Empty, not run or nothing inside the bound: ${empty.join(', ')}.`] : []),
          published.length > 0
            ? `Hollow: ${safbmpTable2Source}; the curves are not in print as numbers. Another machine and other networks: never measured here.`
            : 'Published: curves without numbers; nothing hollow can be drawn.',
        ],
      })
      const all = [
        ...lines.flatMap(({ spots }) => spots.flatMap(({ ms }) => (ms ? [ms.min, ms.max] : []))),
        ...published.map(({ ms }) => ms),
      ]
      const rateAxis = valueAxis(theme, `rate of the link, Mbit/s${logRates ? ' (log scale)' : ''}`, String, 'below')
      return {
        ...base,
        grid: boxes,
        xAxis: logRates
          ? { ...rateAxis, ...logScale(rates, theme, String) }
          : { ...rateAxis, min: 0.8, max: 5.2, axisLabel: { color: theme.ink, customValues: [1, 2, 3, 4, 5] } },
        yAxis: {
          ...valueAxis(theme, 'end to end, ms (composed, log scale)', (value) => significant(value)),
          ...logScale(all, theme, (value) => significant(value)),
        },
        series: [
          ...lines.flatMap(({ name, entry, network, spots }) => {
            const { colour, dash, marker } = entryStyle(theme, entry.name)
            const shade = lineColour(theme, lines, network, colour)
            const known = spots.flatMap(({ rate, ms }) => (ms ? [{ rate, ms }] : []))
            return [
              {
                ...{ name, type: 'line' as const, symbol: marker.symbol, symbolSize: 7, showAllSymbol: true },
                itemStyle: shade === colour ? marker.itemStyle : { color: shade },
                data: spots.map(({ rate, ms }) => [rate, ms?.mean ?? null]),
                lineStyle: { color: shade, type: dash, width: 2 },
              },
              spans(
                name,
                known.flatMap(({ rate, ms: { min, max, seeds } }) => (seeds > 1 ? [[rate, min, max] as const] : [])),
                shade,
              ),
            ]
          }),
          ...(published.length > 0
            ? [
                {
                  ...{ name: 'published', type: 'scatter' as const, ...hollow(theme) },
                  data: published.map(({ rate, ms, label }) => ({
                    value: [rate, ms],
                    label: { show: true, position: 'left' as const, formatter: label, color: theme.ink, fontSize: 10 },
                  })),
                },
              ]
            : []),
        ],
      }
    },
  }
}

/** Several networks in one figure: a colour each. */
function lineColour(theme: ChartTheme, lines: readonly Line[], network: string, own: string): string {
  const networks = [...new Set(lines.map((line) => line.network))]
  return networks.length === 1 ? own : theme.series[networks.indexOf(network) % theme.series.length]!
}

const columns: readonly string[] = [
  'network',
  'framework',
  'rate_mbit_per_s',
  'end_to_end_ms_mean',
  'end_to_end_ms_min',
  'end_to_end_ms_max',
  'seeds',
  'fastest_candidate',
  'source',
]
