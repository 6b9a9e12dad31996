import { seriesPoints } from '#common/experiment/codecSeries.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { sigmaAt } from '#common/wire/channel.ts'
import type { Codec, CodecPart } from '../codecs/insert.ts'
import { codecCuts, codeWidths, fitCodec, fitNewCodec, fitTogether, shareName, withCodec } from '../codecs/recipe.ts'
import { groupsBefore } from '../pruning/masks.ts'
import { filtersOf, keepBest } from '../pruning/ranking.ts'
import { removeFilters } from '../pruning/surgery.ts'
import type { Base, Lab, Recipe, RecipeOptions } from './lab.ts'

const framework = 'jscc'

/** Of the filters before the cut, in one iteration: 512 of 4224, as published for the whole network (frameworks.md §1.8). */
const iterationShare = 512 / 4224

/**
 * Joint source-channel coding with pruning (Jankowski, Gündüz, Mikolajczyk, SPAWC 2020; frameworks.md §12). Four steps: the
 * trained network; Taylor pruning of what lies before the cut; an autoencoder around a Gaussian channel, trained on stored
 * feature maps by L1 loss; everything end to end by cross-entropy, noise on. One model for each SNR. What crosses are real
 * symbols of mean power 1, no bits: their airtime in bytes is what the channel carries at Shannon's rate.
 */
export const jscc: Recipe = async function* (base, options, lab) {
  const { codec: recipe } = options
  const jobs = codecCuts(base.points, { points: seriesPoints(framework, recipe) }).flatMap((point) =>
    recipe.ratios.flatMap((ratio) =>
      codeWidths(point.shape.channels, recipe).flatMap((width) =>
        recipe.snrs.map((snr) => ({ point, ratio, snr, ...width })),
      ),
    ),
  )
  const title = 'JSCC: pruning, training symbols'
  for (const [index, { point, ratio, snr, share, width }] of jobs.entries()) {
    const step = `${shareName(share)}, ${snr} dB, ratio ${ratio}`
    lab.progress(framework, title, 'candidates', index, jobs.length, `${point.name}, ${step}`)
    const pruned = await pruneHead(base, point, ratio, options, lab)
    const key = `${framework}/${point.name}/${ratio}-${width}-${snr}`
    const codec = autoencoder(channelsAt(pruned, point), width, snr, point.shape.height > 1)
    const restored = await lab.stage(`${key}/restored`, () =>
      fitNewCodec(lab, withCodec(lab, pruned, point.name, codec, key), point, {
        epochs: recipe.frozenEpochs / 2,
        rate: recipe.frozenRate,
        stream: `${key}/restored`,
        restore: `${point.name}.decoder.out`,
      }),
    )
    // The authors go end to end at once, for 60 epochs; on cached features the same loss costs a fraction at first.
    const classified = await lab.stage(`${key}/classified`, () =>
      fitCodec(lab, restored.model, point, {
        epochs: recipe.frozenEpochs / 2,
        rate: recipe.frozenRate,
        stream: `${key}/classified`,
      }),
    )
    const { model, validationAccuracy } = await fitTogether(lab, classified, key, recipe)
    lab.metric(framework, index, {
      restored: restored.validationAccuracy,
      classified: classified.validationAccuracy,
      joint: validationAccuracy,
    })
    const candidate = await lab.export(model, {
      framework,
      step,
      point: point.name,
      form: 'float32',
      validationAccuracy,
    })
    yield { kind: 'candidate', candidate }
  }
  lab.progress(framework, title, 'candidates', jobs.length, jobs.length)
}

const channelsAt = ({ network }: Model, { layer }: PartitionPoint): number => inferShapes(network).get(layer)!.channels

/** Iterations of an eighth of the region's filters, each fine-tuned, until `ratio` of them are left. */
async function pruneHead(
  base: Base,
  point: PartitionPoint,
  ratio: number,
  { twoStep: { rate, step1Epochs } }: RecipeOptions,
  lab: Lab,
): Promise<Model> {
  const groups = groupsBefore(base.model.network, point.layer)
  const count = ({ network }: Model): number => groups.reduce((sum, name) => sum + filtersOf(network, name), 0)
  const [all, target] = [count(base.model), Math.round(count(base.model) * ratio)]
  let model = base.model
  for (let iteration = 1; count(model) > target; iteration++) {
    const from = model
    const remove = Math.min(Math.ceil(all * iterationShare), count(from) - target)
    const next = await lab.stage(`${framework}/${point.name}/pruned-${iteration}-${remove}`, async () => {
      const stream = `${framework}/${point.name}/${iteration}`
      const scores = await lab.score(from, groups, stream)
      const smaller = removeFilters(from, keepBest(scores, remove))
      return lab.fineTune(smaller, { epochs: step1Epochs, rate, stream })
    })
    if (count(next.model) === count(from)) break
    model = next.model
  }
  return model
}

/**
 * Convolution with stride 2, GDN, PReLU, power normalisation | noise | convolution, IGDN, PReLU, upsampling, convolution,
 * BN, PReLU. `halving`: where the map is a single position there is nothing to halve.
 */
export function autoencoder(channels: number, width: number, snr: number, halving: boolean): Codec {
  const conv = (name: string, filters: number, stride: number): CodecPart => ({
    ...{ op: 'conv', name, filters, kernel: 3, stride, padding: 1, bias: true },
  })
  return {
    encoder: [
      conv('encoder.conv', width, halving ? 2 : 1),
      { op: 'gdn', name: 'encoder.gdn', inverse: false },
      { op: 'prelu', name: 'encoder.prelu' },
      { op: 'power', name: 'encoder.power' },
    ],
    wire: [{ op: 'awgn', name: 'wire.awgn', level: sigmaAt(snr), limit: null }],
    decoder: [
      conv('decoder.conv', width, 1),
      { op: 'gdn', name: 'decoder.gdn', inverse: true },
      { op: 'prelu', name: 'decoder.prelu' },
      ...(halving ? [{ op: 'upsample', name: 'decoder.upsample', factor: 2 } as const] : []),
      conv('decoder.widen', channels, 1),
      { op: 'batchnorm', name: 'decoder.bn' },
      { op: 'prelu', name: 'decoder.out' },
    ],
  }
}
