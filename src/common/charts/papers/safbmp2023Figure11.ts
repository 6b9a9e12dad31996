import type { Comparison } from '../../contract/result.ts'
import type { SafbmpVariant } from '../../experiment/steps.ts'
import { safbmpVariant } from '../../experiment/steps.ts'
import { significant } from '../../units.ts'
import { pointAxis, valueAxis } from '../axes.ts'
import { pointOrder } from '../series.ts'
import type { ChartTheme } from '../theme.ts'
import { slotColour, slotDash, slotMarker } from '../theme.ts'
import type { Cell, Drawing, FigureSettings } from './drawing.ts'
import { logScale, sheet, spans } from './drawing.ts'
import type { Entry } from './entries.ts'
import { cloudOnly, timesUnder } from './entries.ts'
import { describeSetting, nothingToShow, oneSetting, spreadOf } from './records.ts'

/** Mbit/s; of the paper's ablation. */
const rate = 1
const paperGain = 2.84

const variant = (name: string, wanted: SafbmpVariant, slot: number): Entry & { slot: number } => ({
  ...{ name, slot, framework: 'safbmp' },
  includes: ({ framework, step }) => framework === 'safbmp' && safbmpVariant(step) === wanted,
})
const lines: readonly (Entry & { slot: number })[] = [
  {
    ...{ name: 'splitting alone, 8 bit', slot: 0, framework: 'only-splitting' },
    // The ablation that leaves both parts out is the same network.
    includes: ({ framework, step, codec }) =>
      (framework === 'only-splitting' && step === null && codec !== 'float32') ||
      (framework === 'safbmp' && safbmpVariant(step) === 'neither'),
  },
  variant('pruning alone', 'no coding', 2),
  variant('coding alone', 'no pruning', 4),
  variant('pruning and coding', 'whole', 3),
]

const width = 1060
const height = 600

/**
 * SAFBMP (Li et al. 2023), Figure 11: latency at 1 Mbit/s per partition point, with pruning, with coding, with both and with
 * neither; candidates outside of the accuracy bound are empty cells.
 */
export function safbmp2023Figure11(records: readonly Comparison[], { gamma }: FigureSettings): Drawing {
  const comparisons = oneSetting(records)
  if (!comparisons.some(({ candidates }) => candidates.some(({ framework }) => framework === 'safbmp'))) {
    nothingToShow('no candidate of safbmp', 'Compare with --frameworks only-splitting,safbmp,cloud-only.')
  }
  const fastest = comparisons.map((one) => timesUnder(one, gamma)(rate))
  const there = new Set(comparisons.flatMap(({ candidates }) => candidates.map(({ partitionPoint }) => partitionPoint)))
  const points = pointOrder(comparisons[0]!).filter(
    (point) => there.has(point) && point !== 'input' && point !== 'output',
  )
  const spots = lines.map((line) =>
    points.map((point) => spreadOf(fastest.flatMap((best) => best(line, point)?.ms ?? []))),
  )
  const image = spreadOf(fastest.flatMap((best) => best(cloudOnly)?.ms ?? []))
  const [plain, pruned] = spots as [(typeof spots)[number], (typeof spots)[number]]
  const gains = points.flatMap((point, index) => {
    const [before, after] = [plain[index], pruned[index]]
    return before && after ? [{ point, gain: before.mean / after.mean }] : []
  })
  const best = gains.reduce<(typeof gains)[number] | null>(
    (most, one) => (most && most.gain >= one.gain ? most : one),
    null,
  )
  return {
    ...{ width, height, columns },
    rows: [
      ...lines.flatMap(({ name }, line) =>
        points.map((point, index): Cell[] => {
          const ms = spots[line]![index] ?? null
          return [
            ...[name, point, ms?.mean ?? null, ms?.min ?? null, ms?.max ?? null, ms?.seeds ?? 0],
            ms ? 'composed' : 'not run, or nothing inside the bound',
          ]
        }),
      ),
      [
        'cloud-only',
        'input',
        image?.mean ?? null,
        image?.min ?? null,
        image?.max ?? null,
        image?.seeds ?? 0,
        image ? 'composed' : 'not run',
      ],
    ],
    option(theme: ChartTheme) {
      const sending = 'cloud-only, its fastest'
      const { base, boxes } = sheet(theme, {
        ...{ title: 'Latency end to end per partition point at 1 Mbit/s', width, height },
        names: [...lines.map(({ name }) => name), ...(image ? [sending] : [])],
        caption: [
          `${describeSetting(comparisons, gamma)}. Fastest candidate of each point inside the bound; composed, means over the seeds, bars their range. No mark: not run, or outside of the bound.`,
          `Published: pruning alone up to ${paperGain}× faster than splitting alone (text of the paper; the curves are not in print as numbers). Here: ${best ? `${significant(best.gain)}×, at ${best.point}` : 'not run'}.`,
        ],
      })
      const all = [...spots.flat(), image].flatMap((one) => (one ? [one.min, one.max] : []))
      return {
        ...base,
        grid: boxes,
        xAxis: pointAxis(theme, points),
        yAxis: {
          ...valueAxis(theme, 'end to end, ms (composed, log scale)', (value) => significant(value)),
          ...logScale(all, theme, (value) => significant(value)),
        },
        series: [
          ...lines.flatMap(({ name, slot }, line) => [
            {
              ...{ name, type: 'line' as const, ...slotMarker(theme, slot), symbolSize: 8, showAllSymbol: true },
              data: points.map((_, index) => spots[line]![index]?.mean ?? null),
              lineStyle: { color: slotColour(theme, slot), type: slotDash(slot), width: 2 },
            },
            spans(
              name,
              points.flatMap((_, index) => {
                const ms = spots[line]![index]
                return ms && ms.seeds > 1 ? [[index, ms.min, ms.max] as const] : []
              }),
              slotColour(theme, slot),
            ),
          ]),
          ...(image
            ? [
                {
                  ...{ name: sending, type: 'line' as const, symbol: 'none', itemStyle: { color: theme.ink } },
                  data: points.map(() => image.mean),
                  lineStyle: { color: theme.ink, type: 'dashed' as const, width: 1.5 },
                },
              ]
            : []),
        ],
      }
    },
  }
}

const columns: readonly string[] = [
  'parts',
  'partition_point',
  'end_to_end_ms_mean',
  'end_to_end_ms_min',
  'end_to_end_ms_max',
  'seeds',
  'source',
]
