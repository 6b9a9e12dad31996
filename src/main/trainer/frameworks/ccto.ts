import type { PartitionPoint } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Codec, CodecPart } from '../codecs/insert.ts'
import { codecCuts, codeWidths, fitCodec, fitTogether, shareName, withCodec } from '../codecs/recipe.ts'
import { startWords } from '../codecs/words.ts'
import { groupsBefore, maskChannels, restoreChannels } from '../pruning/masks.ts'
import { filtersOf, keepShare } from '../pruning/ranking.ts'
import type { Kept } from '../pruning/surgery.ts'
import { removeFilters } from '../pruning/surgery.ts'
import type { Base, Lab, Recipe, RecipeOptions } from './lab.ts'

const framework = 'ccto'

/** Of the rounds, in which the sparsity grows; behind them it stays (frameworks.md §10.3). */
const rampShare = 0.6

/** Outputs of the dense layers around one index for a whole image, and its bits: the code's defaults. */
const hidden = 32
const indexBits = 8
/** Channels of a vector; narrower codes have vectors of as many as divide theirs. */
const vectorChannels = 4
/** Bits that a learned word costs for each of its elements, so that scalars and vectors have codes of one length. */
const wordBits = 2

interface Coding {
  /** In the candidate's step. */
  name: string
  codec(channels: number, point: PartitionPoint, bypass: boolean): Codec
  /** Whether its words start where the warm-up has left the values. */
  placed: boolean
}

/** What crosses in a code of `width` channels: uniform codes, or those of learned words for its elements. */
const codingsOf = ({ bits }: RecipeOptions['codec'], width: number): Coding[] => [
  ...bits.map((one) => ({
    name: `${one}-bit uniform`,
    codec: (channels: number, _: PartitionPoint, bypass: boolean) =>
      encoderOf(channels, width, bypass ? [] : [uniform(one)]),
    placed: false,
  })),
  {
    name: `${wordBits}-bit words`,
    codec: (channels, _, bypass) => encoderOf(channels, width, [words('scalar', wordBits, bypass)]),
    placed: false,
  },
]

/** Learned words for vectors of its channels; none where they do not pair. */
function vectorsIn(width: number): Coding[] {
  const size = Math.max(...[vectorChannels, 2, 1].filter((one) => width % one === 0))
  const bits = wordBits * size
  const codec: Coding['codec'] = (channels, _, bypass) =>
    encoderOf(channels, width, [{ ...words('vector', bits, bypass), size }])
  return size === 1 ? [] : [{ name: `${bits}-bit vectors of ${size}`, codec, placed: true }]
}

/** One index for all of an image's code, as the authors' code has it at its last two splits. */
const wholeImage: Coding = {
  name: `one ${indexBits}-bit index`,
  codec: (channels, { shape: { height } }, bypass) =>
    denseEncoder(channels, height, hidden, [words('vector', indexBits, bypass)]),
  placed: true,
}

/**
 * CCTO (Shao & Zhang, IEEE Communications Magazine 2020, the three-step framework; frameworks.md §10): the device's part is
 * pruned block by block by the ℓ1 (or ℓ2) norms of its filters, in rounds that begin with all filters restored, so that one may
 * come back while the sparsity ramps up; then a task-oriented encoder (convolution or dense, tanh) with uniform codes or
 * learned words, for elements, vectors or the image, is trained on the frozen network.
 *
 * On purpose: masks act on activations, so that removal changes nothing; quantisers have 2^b levels (the code's one more);
 * vectors' words start by k-means; the uniform quantiser's own loss is a mean as the words' is (summed over the map as in
 * the code it holds coarse codes where they are); the last phase lets all weights learn, as far as the profile has epochs.
 */
export const ccto: Recipe = async function* (base, options, lab) {
  const { codec: recipe } = options
  const rate = recipe.plainRate ?? recipe.frozenRate
  const jobs = codecCuts(base.points, recipe).flatMap((point) =>
    recipe.sparsities.flatMap((sparsity) => [
      // Vectors are compared with scalars at the widest code.
      ...codeWidths(point.shape.channels, recipe).flatMap(({ share, width }, nth) =>
        [...codingsOf(recipe, width), ...(nth === 0 ? vectorsIn(width) : [])].map((coding) => ({
          ...{ point, sparsity, coding, size: `${width}`, named: shareName(share) },
        })),
      ),
      ...(point.shape.height === point.shape.width
        ? [{ point, sparsity, coding: wholeImage, size: 'image', named: 'whole image' }]
        : []),
    ]),
  )
  const title = 'CCTO: pruning the device part, training codecs'
  for (const [index, { point, sparsity, coding, size, named }] of jobs.entries()) {
    const step = `${named}, ${coding.name}, sparsity ${sparsity}`
    lab.progress(framework, title, 'candidates', index, jobs.length, `${point.name}, ${step}`)
    const pruned = await lab.stage(`${framework}/${point.name}/pruned-${sparsity}`, () =>
      pruneHead(base, point, sparsity, options, lab),
    )
    const key = `${framework}/${point.name}/${sparsity}-${size}-${coding.name.replaceAll(' ', '-')}`
    const narrow = channelsAt(pruned.model, point)
    const codec = (bypass: boolean): Codec => coding.codec(narrow, point, bypass)
    // Warm-up: the words learn where values lie before these go through them.
    const warm = await lab.stage(`${key}/warm`, () =>
      fitCodec(lab, withCodec(lab, pruned.model, point.name, codec(true), key), point, {
        epochs: recipe.frozenEpochs / 2,
        rate,
        stream: `${key}/warm`,
      }),
    )
    const coded = await lab.stage(`${key}/coded`, async () => {
      const start = withCodec(lab, pruned.model, point.name, codec(false), key, warm.model)
      const book = `${point.name}.${codebook}`
      return fitCodec(lab, coding.placed ? await startWords(lab, start, book, `${key}/words`) : start, point, {
        epochs: recipe.frozenEpochs / 2,
        rate: rate / 2,
        stream: `${key}/coded`,
      })
    })
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
  { twoStep: { rate }, codec: { pruneRounds, pruneEpochs, filterNorm = 'l1' } }: RecipeOptions,
  lab: Lab,
): Promise<Model> {
  const groups = groupsBefore(base.model.network, point.layer)
  let [dense, masked] = [base.model, base.model]
  let kept: Kept = new Map()
  for (let round = 1; round <= pruneRounds; round++) {
    const stream = `${framework}/${point.name}/${sparsity}/${round}`
    const scores = await lab.score(dense, groups, stream, filterNorm)
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

/**
 * Flatten, dense, ELU, dense, tanh | code of the image | dense, ELU, dense, ELU, back to the map: dense layers on a map of
 * side × side are convolutions of that kernel, forwards and transposed. On a single position one dense layer a side does,
 * as published. Without the published dropout: what is learned here is small.
 */
export const denseEncoder = (channels: number, side: number, outputs: number, wire: CodecPart[]): Codec => {
  const dense = (name: string, filters: number, kernel = 1): CodecPart => ({
    ...{ op: 'conv', name, filters, kernel, stride: 1, padding: 0, bias: true },
  })
  const elu = (name: string): CodecPart => ({ op: 'activation', name, kind: 'elu' })
  const deep = side > 1
  return {
    encoder: [
      dense('encoder.conv', outputs, side),
      ...(deep ? [elu('encoder.elu'), dense('encoder.dense', outputs)] : []),
      { op: 'activation', name: 'encoder.tanh', kind: 'tanh' },
    ],
    wire,
    decoder: [
      ...(deep ? [dense('decoder.dense', outputs), elu('decoder.dense.elu')] : []),
      { op: 'transposed', name: 'decoder.conv', filters: channels, kernel: side, bias: true },
      elu('decoder.elu'),
    ],
  }
}

const codebook = 'encoder.codebook'

/** Both losses of their own are means over a code, so that neither grows with the map and drowns the cross-entropy. */
const uniform = (bits: number): CodecPart => ({
  op: 'quantise',
  name: 'wire.quantise',
  bits,
  low: -1,
  high: 1,
  pull: 1,
})

const words = (kind: 'scalar' | 'vector', bits: number, bypass: boolean) =>
  ({ op: 'codebook', name: codebook, kind, bits, bypass, pull: 1 }) as const
