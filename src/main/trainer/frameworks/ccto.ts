import type { PartitionPoint } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Codec, CodecPart } from '../codecs/insert.ts'
import { codecCuts, codeWidths, fitCodec, fitTogether, shareName, withCodec } from '../codecs/recipe.ts'
import { groupsBefore, maskChannels, restoreChannels } from '../pruning/masks.ts'
import { filtersOf, keepShare } from '../pruning/ranking.ts'
import type { Kept } from '../pruning/surgery.ts'
import { removeFilters } from '../pruning/surgery.ts'
import type { Base, Lab, Recipe, RecipeOptions } from './lab.ts'

const framework = 'ccto'

/** Of the rounds, in which the sparsity grows; behind them it stays (frameworks.md §10.3). */
const rampShare = 0.6

/** What crosses: uniform codes, or those of learned words; bits of each element's code. */
const codingsOf = ({ bits }: RecipeOptions['codec']) => [
  ...bits.map((one) => ({ name: `${one}-bit uniform`, wire: uniform(one) })),
  { name: '2-bit words', wire: words('scalar', 2) },
]

/**
 * CCTO (Shao & Zhang, IEEE Communications Magazine 2020, the three-step framework; frameworks.md §10): the device's part is
 * pruned block by block by the ℓ1 norms of its filters, in rounds that begin with all filters restored, so that one may
 * come back while the sparsity ramps up; then a task-oriented encoder (convolution, tanh) with uniform codes or learned
 * words is trained on the frozen network.
 *
 * On purpose: masks act on activations, so that removal changes nothing; quantisers have 2^b levels (the code's one more);
 * the last phase lets all weights learn, as far as the profile has epochs for it.
 */
export const ccto: Recipe = async function* (base, options, lab) {
  const { codec: recipe } = options
  const jobs = codecCuts(base.points, recipe).flatMap((point) =>
    recipe.sparsities.flatMap((sparsity) =>
      codeWidths(point.shape.channels, recipe).flatMap((width) =>
        codingsOf(recipe).map((coding) => ({ point, sparsity, coding, ...width })),
      ),
    ),
  )
  const title = 'CCTO: pruning the device part, training codecs'
  for (const [index, { point, sparsity, coding, share, width }] of jobs.entries()) {
    const step = `${shareName(share)}, ${coding.name}, sparsity ${sparsity}`
    lab.progress(framework, title, 'candidates', index, jobs.length, `${point.name}, ${step}`)
    const pruned = await lab.stage(`${framework}/${point.name}/pruned-${sparsity}`, () =>
      pruneHead(base, point, sparsity, options, lab),
    )
    const key = `${framework}/${point.name}/${sparsity}-${width}-${coding.name.replaceAll(' ', '-')}`
    const narrow = channelsAt(pruned.model, point)
    const codec = (bypass: boolean): Codec => encoderOf(narrow, width, coding.wire(bypass))
    // Warm-up: the words learn where values lie before these go through them.
    const warm = await lab.stage(`${key}/warm`, () =>
      fitCodec(lab, withCodec(lab, pruned.model, point.name, codec(true), key), point, {
        epochs: recipe.frozenEpochs / 2,
        rate: recipe.frozenRate,
        stream: `${key}/warm`,
      }),
    )
    const coded = await lab.stage(`${key}/coded`, () =>
      fitCodec(lab, withCodec(lab, pruned.model, point.name, codec(false), key, warm.model), point, {
        epochs: recipe.frozenEpochs / 2,
        rate: recipe.frozenRate / 2,
        stream: `${key}/coded`,
      }),
    )
    const { model, validationAccuracy } = await fitTogether(lab, coded, key, recipe)
    lab.metric(framework, index, {
      pruned: pruned.validationAccuracy,
      coded: coded.validationAccuracy,
      joint: validationAccuracy,
    })
    const candidate = await lab.export(model, { framework, step, point: point.name, form: 'uint8', validationAccuracy })
    yield { kind: 'candidate', candidate }
  }
  lab.progress(framework, title, 'candidates', jobs.length, jobs.length)
}

/** Channels at the point, fewer after pruning. */
const channelsAt = ({ network }: Model, { layer }: PartitionPoint): number => inferShapes(network).get(layer)!.channels

/** Sparsity in round `round` of `rounds`: final · (1 − (1 − t)³), t from 0 to 1 over the first 60 % of the rounds. */
export const rampedSparsity = (final: number, round: number, rounds: number): number =>
  final * (1 - (1 - Math.min(1, round / Math.max(1, rampShare * rounds))) ** 3)

async function pruneHead(
  base: Base,
  point: PartitionPoint,
  sparsity: number,
  { twoStep: { rate }, codec: { pruneRounds, pruneEpochs } }: RecipeOptions,
  lab: Lab,
): Promise<Model> {
  const groups = groupsBefore(base.model.network, point.layer)
  let [dense, masked] = [base.model, base.model]
  let kept: Kept = new Map()
  for (let round = 1; round <= pruneRounds; round++) {
    const stream = `${framework}/${point.name}/${sparsity}/${round}`
    const scores = await lab.score(dense, groups, stream, 'l1')
    kept = keepShare(scores, 1 - rampedSparsity(sparsity, round, pruneRounds))
    masked = await lab.fineTune(maskChannels(dense, kept), { epochs: pruneEpochs / pruneRounds, rate, stream })
    dense = restoreChannels(masked, dense, kept)
  }
  const smaller = removeFilters(masked, kept)
  const count = ({ network }: Model): number => groups.reduce((sum, name) => sum + filtersOf(network, name), 0)
  lab.log(`CCTO keeps ${count(smaller)} of ${count(base.model)} filters before ${point.name}.`)
  return smaller
}

/** 3×3 convolution, tanh | codes | 3×3 convolution, ELU. */
export const encoderOf = (channels: number, width: number, wire: CodecPart[]): Codec => ({
  encoder: [
    { op: 'conv', name: 'encoder.conv', filters: width, kernel: 3, stride: 1, padding: 1, bias: true },
    { op: 'activation', name: 'encoder.tanh', kind: 'tanh' },
  ],
  wire,
  decoder: [
    { op: 'conv', name: 'decoder.conv', filters: channels, kernel: 3, stride: 1, padding: 1, bias: true },
    { op: 'activation', name: 'decoder.elu', kind: 'elu' },
  ],
})

/** The published weights of the quantisers' own losses. */
function uniform(bits: number): (bypass: boolean) => CodecPart[] {
  return (bypass) => (bypass ? [] : [{ op: 'quantise', name: 'wire.quantise', bits, low: -1, high: 1, pull: 1 }])
}

function words(kind: 'scalar' | 'vector', bits: number): (bypass: boolean) => CodecPart[] {
  return (bypass) => [{ op: 'codebook', name: 'encoder.codebook', kind, bits, bypass, pull: 1 }]
}
