import type { Ablation, BiasReading, CodecConfig } from '#common/contract/config.ts'
import { defaultAblations, defaultReadings } from '#common/experiment/codecSeries.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Codec, CodecPart } from '../codecs/insert.ts'
import { codecCuts, codeWidths, fitNewCodec, fitTogether, shareName, withCodec } from '../codecs/recipe.ts'
import { groupsBefore, maskChannels, restoreChannels, scalesOf } from '../pruning/masks.ts'
import { filtersOf, keepShare } from '../pruning/ranking.ts'
import type { Kept } from '../pruning/surgery.ts'
import { removeFilters } from '../pruning/surgery.ts'
import type { Base, Lab, Recipe, RecipeOptions, Staged } from './lab.ts'

const framework = 'safbmp'

/** How much more of the last edge layer goes, and how much at most (frameworks.md §11.4, 9). */
const lastExtra = 0.25
const lastMost = 0.9
/** Of the masked channels of the layers before, how many may come back after a layer's fine-tuning (there, 7). */
const returning = 0.1
/** Weight of Σ|γ| over unimportant channels (Eq 11). */
const alpha = 1e-4

/** Bits of a code where nothing else is said: the seed document leaves them open (frameworks.md §11.5). */
const usualBits = 8

/** Both parts, or some of them left out: the published ablation. */
const variants = {
  whole: { name: '', pruning: true, coding: true },
  'no-pruning': { name: 'no pruning', pruning: false, coding: true },
  'no-coding': { name: 'no coding', pruning: true, coding: false },
  neither: { name: 'neither', pruning: false, coding: false },
} as const

/** The criterion of each reading of "feature bias" (frameworks.md §11.4: A, B, C). */
const criteria = {
  'closed-form': 'feature-bias',
  empirical: 'feature-bias-empirical',
  literal: 'feature-bias-literal',
} as const

interface Job {
  point: PartitionPoint
  variant: (typeof variants)[keyof typeof variants]
  reading: BiasReading
  /** Of the pruning, where there is any. */
  sparsity: number
  /** Of the code; `width` 0: features cross as they are. */
  share: number
  width: number
  bits: number
}

/** The first reading gets the whole grid; what is only compared with it needs one width, and without pruning one sparsity. */
function jobsAt(point: PartitionPoint, recipe: CodecConfig): Job[] {
  const { sparsities, bits, biasReadings = defaultReadings, ablations = defaultAblations } = recipe
  const [first = 'closed-form', ...others] = biasReadings
  const codes = codeWidths(point.shape.channels, recipe).flatMap((width) =>
    bits.map((one) => ({ ...width, bits: one })),
  )
  const uncoded = { share: 1, width: 0, bits: 0 }
  const made = (
    variant: keyof typeof variants,
    reading: BiasReading,
    sparsity: number,
    code: Pick<Job, 'share' | 'width' | 'bits'>,
  ): Job => ({ point, variant: variants[variant], reading, sparsity, ...code })
  const left = (name: Ablation, jobs: Job[]): Job[] => (ablations.includes(name) ? jobs : [])
  return [
    ...sparsities.flatMap((sparsity) => codes.map((code) => made('whole', first, sparsity, code))),
    ...others.flatMap((reading) => sparsities.map((sparsity) => made('whole', reading, sparsity, codes[0]!))),
    ...left('no-pruning', [made('no-pruning', first, sparsities[0]!, codes[0]!)]),
    ...left(
      'no-coding',
      sparsities.map((sparsity) => made('no-coding', first, sparsity, uncoded)),
    ),
    ...left('neither', [made('neither', first, sparsities[0]!, uncoded)]),
  ]
}

/**
 * SAFBMP (Li, Zhang, Guo, Li, Electronics 2023, 12(17), 3598; frameworks.md §11). Layer by layer up to the cut, the channels
 * whose removal moves the mean of the next layer's features least are masked (closed form from normalisation constants, no
 * data; two other readings of the criterion where they are asked for), the network is fine-tuned with a penalty on the
 * scales of unimportant channels only, and some masked channels come back where their score has grown. Then an asymmetric codec: a depthwise-separable encoder, 8-bit codes, and a
 * decoder with self-attention and a bottleneck. The cloud part keeps its structure.
 *
 * The running statistics behind a pruned layer are not rescaled in closed form: the fine-tuning moves them. It is Adam's, at
 * the profile's rate, as all training here that holds a penalty or frozen layers.
 */
export const safbmp: Recipe = async function* (base, options, lab) {
  const { codec: recipe } = options
  const jobs = codecCuts(base.points, recipe).flatMap((point) => jobsAt(point, recipe))
  const title = 'SAFBMP: pruning layer by layer, training codecs'
  for (const [index, job] of jobs.entries()) {
    const { point, sparsity, variant, reading, share, bits } = job
    const step = [
      variant.coding ? shareName(share) : '',
      variant.pruning ? `sparsity ${sparsity}` : '',
      variant.name,
      variant.coding && bits !== usualBits ? `${bits}-bit` : '',
      variant.pruning && reading !== 'closed-form' ? `${reading} reading` : '',
    ]
      .filter((part) => part !== '')
      .join(', ')
    lab.progress(framework, title, 'candidates', index, jobs.length, `${point.name}, ${step}`)
    const pruned: Staged = variant.pruning ? await pruneEdge(base, job, options, lab) : base
    const finished = variant.coding ? await codeAt(lab, pruned, job, options) : pruned
    const { model, validationAccuracy } = finished
    lab.metric(framework, index, { pruned: pruned.validationAccuracy, finished: validationAccuracy })
    const untouched = !variant.pruning && !variant.coding
    const request = { framework, step, point: point.name, form: 'uint8', validationAccuracy } as const
    yield { kind: 'candidate', candidate: await lab.export(model, { ...request, ...(untouched ? { untouched } : {}) }) }
  }
  lab.progress(framework, title, 'candidates', jobs.length, jobs.length)
}

async function codeAt(
  lab: Lab,
  pruned: Staged,
  { point, sparsity, width, bits, variant, reading }: Job,
  { codec: recipe }: RecipeOptions,
): Promise<Staged> {
  const special = [
    ...(variant.pruning ? [] : ['-unpruned']),
    ...(bits === usualBits ? [] : [`-${bits}`]),
    ...(variant.pruning && reading !== 'closed-form' ? [`-${reading}`] : []),
  ].join('')
  const key = `${framework}/${point.name}/${sparsity}-${width}${special}`
  const crossing = inferShapes(pruned.model.network).get(point.layer)!.channels
  const codec = asymmetricCodec(crossing, width, { bits, unpruned: point.shape.channels })
  const coded = await lab.stage(`${key}/coded`, () =>
    fitNewCodec(lab, withCodec(lab, pruned.model, point.name, codec, key), point, {
      epochs: recipe.frozenEpochs,
      rate: recipe.frozenRate,
      stream: `${key}/coded`,
    }),
  )
  return fitTogether(lab, coded, key, recipe)
}

/** The sparsity of every edge layer: `rate`, more of the last one. */
export const layerRates = (groups: readonly string[], rate: number): Map<string, number> =>
  new Map(
    groups.map((name, index) => [name, index === groups.length - 1 ? Math.min(lastMost, rate + lastExtra) : rate]),
  )

/**
 * The pruned network of a cut. Scores are taken of the network with all its channels; in a layer's fine-tuning its
 * unimportant channels are still there, while the penalty shrinks them, and those of the layers before are masked.
 */
function pruneEdge(
  base: Base,
  { point, sparsity, reading }: Pick<Job, 'point' | 'sparsity' | 'reading'>,
  { codec: { pruneEpochs, jointRate } }: RecipeOptions,
  lab: Lab,
): Promise<Staged> {
  const key = `${framework}/${point.name}/pruned-${sparsity}${reading === 'closed-form' ? '' : `-${reading}`}`
  return lab.stage(key, async () => {
    const groups = groupsBefore(base.model.network, point.layer)
    const rates = layerRates(groups, sparsity)
    const layers = base.model.network.layers.map(({ name }) => name)
    let dense = base.model
    let kept: Kept = new Map()
    for (const [index, group] of groups.entries()) {
      const stream = `${key}/${group}`
      const from = dense
      const scores = await lab.score(from, groups.slice(0, index + 1), stream, criteria[reading], point.layer)
      const before = returned(kept, scores, rates)
      const own: Kept = keepShare(new Map([[group, scores.get(group)!]]), 1 - rates.get(group)!)
      const tuned = await lab.stage(stream, () =>
        lab.fit(maskChannels(from, before), {
          layers,
          epochs: pruneEpochs / groups.length,
          rate: jointRate,
          stream,
          penalty: { alpha, scales: scalesOf(from.network, own) },
        }),
      )
      dense = restoreChannels(tuned.model, from, before)
      kept = new Map([...before, ...own])
    }
    const stream = `${key}/closing`
    const closed = await lab.fit(maskChannels(dense, kept), { layers, epochs: pruneEpochs, rate: jointRate, stream })
    await lab.forget(`${key}/`)
    const smaller = removeFilters(closed, kept)
    const count = ({ network }: Model): number => groups.reduce((sum, name) => sum + filtersOf(network, name), 0)
    lab.log(`SAFBMP keeps ${count(smaller)} of ${count(base.model)} filters before ${point.name}.`)
    return smaller
  })
}

/** The kept channels of the layers before, with those that by their new scores belong there again: a few of the masked. */
export function returned(
  kept: Kept,
  scores: ReadonlyMap<string, Float32Array>,
  rates: ReadonlyMap<string, number>,
): Kept {
  return new Map(
    [...kept].map(([group, stay]) => {
      const values = scores.get(group)!
      const best = keepShare(new Map([[group, values]]), 1 - rates.get(group)!).get(group)!
      const most = Math.floor(returning * (values.length - stay.length))
      const back = best
        .filter((channel) => !stay.includes(channel))
        .sort((a, b) => values[b]! - values[a]!)
        .slice(0, most)
      return [group, [...stay, ...back].sort((a, b) => a - b)]
    }),
  )
}

/**
 * Depthwise 3×3, pointwise to C′, tanh | uniform codes | pointwise to C/2, self-attention over positions, bottleneck beside a
 * 1×1 shortcut (frameworks.md §11.5). C/2 is of the unpruned network, as C′ is: half of the channels that pruning has left
 * are fewer than those of the code, and the decoder would throw away what has been sent.
 */
export function asymmetricCodec(
  channels: number,
  width: number,
  { bits = usualBits, unpruned = channels }: { bits?: number; unpruned?: number } = {},
): Codec {
  const middle = Math.max(1, Math.round(unpruned / 2))
  const inside = Math.max(1, Math.round(middle / 2))
  const conv = (name: string, filters: number, kernel: number, inputs?: readonly string[]): CodecPart => ({
    ...{ op: 'conv', name, filters, kernel, stride: 1, padding: (kernel - 1) / 2, bias: false },
    ...(inputs ? { inputs } : {}),
  })
  const norm = (name: string): CodecPart => ({ op: 'batchnorm', name })
  const relu = (name: string): CodecPart => ({ op: 'relu', name })
  return {
    encoder: [
      { op: 'depthwise', name: 'encoder.depthwise', kernel: 3, stride: 1, padding: 1, bias: false },
      ...[norm('encoder.depthwise.bn'), relu('encoder.depthwise.relu')],
      ...[conv('encoder.conv', width, 1), norm('encoder.bn')],
      { op: 'activation', name: 'encoder.tanh', kind: 'tanh' },
    ],
    wire: [{ op: 'quantise', name: 'wire.quantise', bits, low: -1, high: 1, pull: 0 }],
    decoder: [
      ...[conv('decoder.conv', middle, 1), norm('decoder.bn'), relu('decoder.relu')],
      { op: 'attention', name: 'decoder.attention', inner: Math.max(1, Math.round(middle / 8)) },
      ...[conv('decoder.narrow', inside, 1), norm('decoder.narrow.bn'), relu('decoder.narrow.relu')],
      ...[conv('decoder.inside', inside, 3), norm('decoder.inside.bn'), relu('decoder.inside.relu')],
      ...[conv('decoder.widen', channels, 1), norm('decoder.widen.bn')],
      ...[conv('decoder.shortcut', channels, 1, ['@decoder.attention']), norm('decoder.shortcut.bn')],
      { op: 'add', name: 'decoder.add', inputs: ['@decoder.widen.bn', '@decoder.shortcut.bn'] },
      relu('decoder.out'),
    ],
  }
}
