import type { Candidate, Comparison } from '../../contract/result.ts'
import { jsccSetting } from '../../experiment/steps.ts'
import { significant } from '../../units.ts'
import { bitsPerSymbol } from '../../wire/channel.ts'
import { valueAxis } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'
import type { Cell, Drawing } from './drawing.ts'
import { hollow, logScale, sheet } from './drawing.ts'
import { entryStyle } from './entries.ts'
import { jankowski } from './published.ts'
import { describeSetting, nothingToShow, oneSetting, spreadOf } from './records.ts'

/** The published bound: 2 points, on validation images here. */
const bound = 0.02
const rate = bitsPerSymbol(10 ** (jankowski.snr / 10))

/** Real symbols of one image: uses of an analog channel, or what bytes take at Shannon's rate for 14.5 dB. */
const symbolsOf = ({ symbols, payloadBytes }: Candidate): number => symbols ?? (8 * payloadBytes) / rate

interface Contender {
  name: string
  includes(candidate: Candidate): boolean
}
const contenders: readonly Contender[] = [
  { name: 'jscc', includes: ({ framework, step }) => framework === 'jscc' && jsccSetting(step)?.snr === jankowski.snr },
  {
    name: 'bottlenet-pp, symbols',
    includes: ({ framework, symbols }) => framework === 'bottlenet-pp' && symbols !== undefined,
  },
  {
    name: 'bottlenet-pp, bits',
    includes: ({ framework, symbols }) => framework === 'bottlenet-pp' && symbols === undefined,
  },
  { name: 'bottlenet', includes: ({ framework }) => framework === 'bottlenet' },
]
const styleNames: Record<string, string> = {
  'bottlenet-pp, symbols': 'bottlenet-pp',
  'bottlenet-pp, bits': 'two-step',
}
const publishedNames = {
  jscc: 'published: JSCC with pruning',
  bottlenetPP: 'published: BottleNet++',
} as const

/** Per cut, of those inside the bound, the one with the fewest symbols, then the fewest MACs. */
function spotsOf(comparisons: readonly Comparison[], { includes }: Contender) {
  const chosen = comparisons.flatMap((comparison) => {
    const inside = comparison.candidates.filter(
      (one) => includes(one) && comparison.baseline.validationAccuracy - one.validationAccuracy <= bound,
    )
    const points = [...new Set(inside.map(({ partitionPoint }) => partitionPoint))]
    return points.map((point) => {
      const [best] = inside
        .filter(({ partitionPoint }) => partitionPoint === point)
        .sort((a, b) => symbolsOf(a) - symbolsOf(b) || a.headMacs - b.headMacs)
      return { point, macs: best!.headMacs, share: best!.headMacs / comparison.network.macs, symbols: symbolsOf(best!) }
    })
  })
  return [...new Set(chosen.map(({ point }) => point))]
    .map((point) => {
      const own = chosen.filter((one) => one.point === point)
      const mean = (value: (one: (typeof own)[number]) => number): number => spreadOf(own.map(value))!.mean
      return {
        ...{ point, seeds: own.length, macs: mean(({ macs }) => macs), share: mean(({ share }) => share) },
        symbols: mean(({ symbols }) => symbols),
      }
    })
    .sort((a, b) => a.share - b.share)
}

/** The image as PNG where that was compared, else as it is: bits at Shannon's rate. */
function imageSymbols(comparisons: readonly Comparison[]): { name: string; symbols: number } {
  const png = comparisons.flatMap(({ candidates }) =>
    candidates.filter(({ framework, codec }) => framework === 'cloud-only' && /png/i.test(codec)),
  )
  const sent = spreadOf(png.map(({ payloadBytes }) => payloadBytes))
  const { size } = comparisons[0]!.dataset
  return sent
    ? { name: 'image as PNG', symbols: (8 * sent.mean) / rate }
    : { name: 'image, uint8', symbols: (8 * 3 * size ** 2) / rate }
}

const width = 980
const height = 620

/**
 * Jankowski, Gündüz, Mikolajczyk (SPAWC 2020), Figure 3: channel uses over computation on the device for at most 2 points of
 * loss at 14.5 dB. Computation as a share of the unpruned network, so that other widths and classifiers compare.
 */
export function jankowski2020Figure3(records: readonly Comparison[]): Drawing {
  const comparisons = oneSetting(records)
  const lines = contenders.map((one) => ({ name: one.name, spots: spotsOf(comparisons, one) }))
  if (!comparisons.some(({ candidates }) => candidates.some(({ framework }) => framework === 'jscc'))) {
    nothingToShow('no candidate of jscc', 'Compare with --frameworks jscc,bottlenet-pp,bottlenet,cloud-only.')
  }
  const image = imageSymbols(comparisons)
  const fewShare = jankowski.few.macs / jankowski.networkMacs
  const lastShare = jankowski.last.macs / jankowski.networkMacs
  const few = image.symbols / jankowski.few.lessThanPng
  const empty = lines.filter(({ spots }) => spots.length === 0).map(({ name }) => name)
  return {
    ...{ width, height, columns },
    rows: [
      ...lines.flatMap(({ name, spots }) =>
        spots.map(({ point, seeds, macs, share, symbols }): Cell[] => [
          name,
          point,
          macs,
          share,
          symbols,
          seeds,
          'counted here',
        ]),
      ),
      ...empty.map((name): Cell[] => [name, null, null, null, null, 0, 'not run, or nothing inside the bound']),
      [image.name, 'input', 0, 0, image.symbols, comparisons.length, 'counted here'],
      [
        'jscc',
        null,
        jankowski.few.macs,
        fewShare,
        few,
        null,
        'published: about 3 times less than PNG at 4e6 MACs [S], of this PNG',
      ],
      ['jscc', 'pool5', jankowski.last.macs, lastShare, jankowski.last.symbols, null, 'published [S]'],
      [
        'bottlenet-pp',
        null,
        jankowski.bottlenetPP.macs,
        lastShare,
        jankowski.bottlenetPP.symbols,
        null,
        'published: 1024 times more [C]',
      ],
    ],
    option(theme: ChartTheme) {
      const names = [...lines.map(({ name }) => name), image.name, ...Object.values(publishedNames)]
      const { base, boxes } = sheet(theme, {
        ...{
          title: 'Channel uses over computation on the device, at most 2 points of loss, 14.5 dB',
          names,
          width,
          height,
        },
        caption: [
          `${describeSetting(comparisons)}. Per cut the candidate with the fewest channel uses that loses at most 2 points of validation accuracy, means over the seeds; bits at Shannon's rate for 14.5 dB (${significant(rate)} bits per use). BottleNet++'s symbols were trained for 20 dB, as published.`,
          ...(empty.length > 0 ? [`Empty, not run or nothing inside the bound: ${empty.join(', ')}.`] : []),
          'Hollow: numbers in the text of the paper (VGG16 at full width, CIFAR-100); the curve itself is not in print as numbers.',
        ],
      })
      const all = lines.flatMap(({ spots }) => spots)
      const percent = (value: number): string => `${significant(100 * value)} %`
      const shares = [fewShare / 2, 1, ...all.map(({ share }) => share)]
      const x = logScale(shares, theme, percent)
      return {
        ...base,
        grid: boxes,
        xAxis: {
          ...valueAxis(theme, 'MACs on the device, of the unpruned network (log scale)', percent, 'below'),
          ...x,
        },
        yAxis: {
          ...valueAxis(theme, 'real symbols per image (log scale)', (value) => significant(value)),
          ...logScale(
            [
              jankowski.last.symbols,
              jankowski.bottlenetPP.symbols,
              image.symbols,
              ...all.map(({ symbols }) => symbols),
            ],
            theme,
            (value) => significant(value),
          ),
        },
        series: [
          ...lines.map(({ name, spots }) => {
            const { colour, dash, marker } = entryStyle(theme, styleNames[name] ?? name)
            return {
              ...{ name, type: 'line' as const, ...marker, symbolSize: 9, showAllSymbol: true },
              data: spots.map(({ share, symbols }) => [share, symbols]),
              lineStyle: { color: colour, type: dash, width: 2 },
            }
          }),
          {
            ...{ name: image.name, type: 'line' as const, symbol: 'none', itemStyle: { color: theme.ink } },
            data: ['min' in x ? x.min : fewShare, 1].map((share) => [share, image.symbols]),
            lineStyle: { color: theme.ink, type: 'dashed' as const, width: 1.5 },
          },
          {
            ...{ name: publishedNames.jscc, type: 'scatter' as const, ...hollow(theme) },
            data: [
              [fewShare, few],
              [lastShare, jankowski.last.symbols],
            ],
          },
          {
            ...{ name: publishedNames.bottlenetPP, type: 'scatter' as const, ...hollow(theme, 'diamond') },
            data: [[lastShare, jankowski.bottlenetPP.symbols]],
          },
        ],
      }
    },
  }
}

const columns: readonly string[] = [
  'framework',
  'partition_point',
  'device_macs',
  'device_share_of_unpruned_macs',
  'real_symbols_per_image',
  'seeds',
  'source',
]
