import type { Comparison } from '../../contract/result.ts'
import { parseLink } from '../../latency/links.ts'
import { reconstructedCut, reconstructedGain, shi2019 } from '../../latency/shi2019.ts'
import type { ShiSeries } from '../../latency/shiCuts.ts'
import { bestWithin, shiSeries } from '../../latency/shiCuts.ts'
import { valueAxis } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'
import { slotColour, slotMarker } from '../theme.ts'
import type { Cell, Drawing } from './drawing.ts'
import { hollow, sheet, spans } from './drawing.ts'
import { describeSetting, nothingToShow, oneSetting, spreadOf } from './records.ts'

const links = [
  { name: '3g', title: '3G, 1.1 Mbit/s' },
  { name: '4g', title: '4G, 5.85 Mbit/s' },
  { name: 'wifi', title: 'WiFi, 18.88 Mbit/s' },
] as const
const models = ['step 1', 'both steps'] as const
type Model = (typeof models)[number]
const slots: Record<Model, number> = { 'step 1': 2, 'both steps': 3 }
const printed = 'published (the abstract)'
const rebuilt = "reconstructed from the authors' logs"
const width = 940
const height = 560

/** The fastest cut of a series per comparison under the paper's γ: ms on a device that is five times slower. */
function cutsOn(comparisons: readonly Comparison[], link: string) {
  return comparisons.flatMap((comparison) => {
    const { original, twoStep } = shiSeries(comparison)
    const step1 = shiSeries({
      ...comparison,
      candidates: comparison.candidates.filter(({ framework, step }) => framework !== 'two-step' || step === 'step1'),
    }).twoStep
    const fastest = (series: ShiSeries) => bestWithin(series, shi2019.gamma, parseLink(link))
    const [before, first, both] = [original, step1, twoStep].map(fastest)
    return before ? [{ before, first, both }] : []
  })
}

/**
 * Shi et al. (INFOCOM Workshops 2019), Table 1: what pruning gains end to end on three links, γ = 5, each network with its
 * best cut under the bound. The printed milliseconds are not at hand, and would be another machine's: ratios only.
 */
export function shi2019Table1(records: readonly Comparison[]): Drawing {
  const comparisons = oneSetting(records)
  const rows = links.map(({ name, title }) => {
    const found = cutsOn(comparisons, name)
    const gain = (pick: 'first' | 'both') =>
      spreadOf(found.flatMap((one) => (one[pick] ? [one.before.ms / one[pick].ms] : [])))
    const link = parseLink(name)
    return {
      ...{ name, title, found, gains: { 'step 1': gain('first'), 'both steps': gain('both') } },
      reconstructed:
        name === 'wifi'
          ? reconstructedGain()
          : reconstructedCut('original', link).ms / reconstructedCut('step 2', link).ms,
      published: name === 'wifi' ? shi2019.endToEndGain : null,
    }
  })
  if (rows.every(({ gains }) => gains['both steps'] === null)) {
    nothingToShow(
      'no timed cut of both the unpruned and the pruned network',
      'Compare with --frameworks only-splitting,two-step, on this computer or with --gamma.',
    )
  }
  const spot = (index: number, model: Model): number => index + (model === 'step 1' ? -0.12 : 0.12)
  return {
    ...{ width, height, columns },
    rows: rows.flatMap((row) => models.map((model): Cell[] => cells(row, model))),
    option(theme: ChartTheme) {
      const names = [...models, printed, rebuilt]
      const { base, boxes } = sheet(theme, {
        ...{ title: 'Gain end to end over the unpruned network with its best cut, γ 5', names, width, height },
        caption: [
          `${describeSetting(comparisons)}. Times on the server's machine, the device five times slower; bars: range over the seeds.`,
          `Hollow: published 4.81× at WiFi (Shi et al. 2019), and what the authors' logs give at the other rates; not measured here.`,
        ],
      })
      const axis = { type: 'value' as const, min: -0.5, max: links.length - 0.5, interval: 0.5 }
      return {
        ...base,
        grid: boxes,
        xAxis: {
          ...{ ...axis, splitLine: { show: false }, axisTick: { show: false } },
          axisLine: { lineStyle: { color: theme.muted }, onZero: false },
          axisLabel: { color: theme.ink, fontSize: 12, formatter: (value: number) => links[value]?.title ?? '' },
        },
        yAxis: {
          ...valueAxis(theme, 'latency of the unpruned network / of the pruned one', (value) => `${value}×`),
          min: 0,
        },
        series: [
          ...models.flatMap((model) => {
            const known = rows.flatMap(({ gains }, index) => {
              const gain = gains[model]
              return gain ? [{ x: spot(index, model), gain }] : []
            })
            return [
              {
                ...{ name: model, type: 'scatter' as const, symbolSize: 12, ...slotMarker(theme, slots[model]) },
                data: known.map(({ x, gain }) => [x, gain.mean]),
              },
              spans(
                model,
                known.map(({ x, gain }) => [x, gain.min, gain.max] as const),
                slotColour(theme, slots[model]),
              ),
            ]
          }),
          {
            ...{ name: printed, type: 'scatter' as const, ...hollow(theme) },
            data: rows.flatMap(({ published }, index) => (published === null ? [] : [[index, published]])),
          },
          {
            ...{ name: rebuilt, type: 'scatter' as const, ...hollow(theme, 'diamond'), z: 3 },
            data: rows.map(({ reconstructed }, index) => [index, reconstructed]),
          },
        ],
      }
    },
  }
}

const columns: readonly string[] = [
  'link',
  'model',
  'unpruned_ms_mean',
  'unpruned_cut',
  'pruned_ms_mean',
  'pruned_cut',
  'gain_mean',
  'gain_min',
  'gain_max',
  'seeds',
  'published_gain',
  'published_source',
  'reconstructed_gain',
  'reconstructed_from',
]

type Row =
  ReturnType<typeof cutsOn> extends infer Found
    ? {
        name: string
        found: Found
        gains: Record<Model, ReturnType<typeof spreadOf>>
        published: number | null
        reconstructed: number
      }
    : never

function cells({ name, found, gains, published, reconstructed }: Row, model: Model): Cell[] {
  const pruned = found.flatMap(({ first, both }) => (model === 'step 1' ? (first ?? []) : (both ?? [])))
  const gain = gains[model]
  const where = (cuts: readonly { cut: { point: string } }[]): string | null =>
    [...new Set(cuts.map(({ cut }) => cut.point))].join(' / ') || null
  const before = found.map((one) => one.before)
  const whole = model === 'both steps'
  return [
    ...[name, model, spreadOf(before.map(({ ms }) => ms))?.mean ?? null, where(before)],
    ...[spreadOf(pruned.map(({ ms }) => ms))?.mean ?? null, where(pruned)],
    ...[gain?.mean ?? null, gain?.min ?? null, gain?.max ?? null, gain?.seeds ?? 0],
    ...[whole ? published : null, whole && published !== null ? 'abstract of the paper [S]' : null],
    ...[whole ? reconstructed : null, whole ? "authors' logs at γ 5, best cut each [C]" : null],
  ]
}
