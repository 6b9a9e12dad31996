import { CodedError } from '#common/errors.ts'
import type { CriterionName } from '#common/experiment/criteria.ts'
import type { ChannelGroups } from '#common/network/channelGroups.ts'
import { activationsOf, channelGroups, macsPerChannel } from '#common/network/channelGroups.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Random } from '#common/random.ts'
import { random } from '#common/random.ts'
import { augmentBatch, meanColour } from '../data/augment.ts'
import type { ChannelMaps, ChannelStatistics } from '../pruning/criteria/criterion.ts'
import { criterionNamed } from '../pruning/criteria/index.ts'
import { mapsOf, sumOverSites, weightStatistics } from '../pruning/statistics.ts'
import type { Executor } from '../training/executor.ts'
import { createExecutor } from '../training/executor.ts'
import { shiftsByMasking } from './shiftsByMasking.ts'
import type { Workshop } from './workshop.ts'

const scoringBatch = 128
/** HRank and CHIP saw 640 images; their ranks are stable with far fewer (frameworks.md §13). */
const mapImages = 128
/** Reading B of the feature bias (frameworks.md §11.4). */
const maskingImages = ({ images }: ScoringOptions): number => Math.min(images, 1024)

export interface ScoringOptions {
  criterion: CriterionName
  /** Training images that a pass for gradients sees. */
  images: number
  /** Names the random stream. */
  stream: string
  flopsRegulariser: number
  /** The last layer that counts where a masked channel's effect is measured; absent: the network's last. */
  until?: string | undefined
}

/**
 * Scores of the channels of some groups, larger = keep, from the first images of a seeded shuffle of the training
 * images, augmented as in training: a network that fits its training images well has hardly a gradient on the plain
 * ones. Where a group is read in several places, they add up.
 */
export async function scoreGroups(
  shop: Workshop,
  model: Model,
  names: readonly string[],
  options: ScoringOptions,
): Promise<Map<string, Float32Array>> {
  const criterion = criterionNamed(options.criterion, options)
  const groups = channelGroups(model.network)
  const cost = macsPerChannel(model.network, groups)
  const largest = Math.max(...cost.values())
  const sitesOf = new Map(names.map((name) => [name, activationsOf(model.network, groups, name)]))
  const executor =
    criterion.needs === 'gradients' || criterion.needs === 'maps' ? createExecutor(shop.backend, model) : undefined
  try {
    const gradients =
      criterion.needs === 'gradients' ? await taylorPass(shop, executor!, [...sitesOf.values()].flat(), options) : null
    const scores = new Map<string, Float32Array>()
    for (const name of names) {
      shop.signal.throwIfAborted()
      const sites = sitesOf.get(name)!
      const statistics: ChannelStatistics = Object.defineProperties(
        {
          taylor: gradients && {
            sum: sumOverSites(groups, name, sites, gradients.sum),
            signed: sumOverSites(groups, name, sites, gradients.signed),
            examples: gradients.examples,
          },
          moved:
            criterion.needs === 'maskings'
              ? await shiftsByMasking(
                  shop,
                  model,
                  name,
                  batchesOf(shop, options.stream, maskingImages(options)).batches,
                  {
                    until: options.until,
                  },
                )
              : null,
          maps: criterion.needs === 'maps' ? mapsAt(shop, executor!, model, groups, name, sites, options) : null,
          costShare: cost.get(name)! / largest,
          random: random(shop.seed, options.stream, 'random', name),
        },
        Object.getOwnPropertyDescriptors(weightStatistics(model, groups, name)),
      ) as ChannelStatistics
      const found = criterion.score(statistics)
      if (!found.every(Number.isFinite)) {
        throw new CodedError(
          'trainer-failed',
          `The scores of ${name} by ${options.criterion} are not numbers.`,
          'The network has diverged: train it with a lower rate.',
        )
      }
      scores.set(name, found)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return scores
  } finally {
    executor?.dispose()
  }
}

/** A seeded order of the training images, and batches of them, augmented. */
function batchesOf({ dataset, training, seed }: Workshop, stream: string, images: number) {
  const rng: Random = random(seed, stream, 'score')
  const order = rng.shuffle(Int32Array.from({ length: dataset.train.count }, (_, index) => index)).subarray(0, images)
  const pixels = dataset.size * dataset.size * 3
  const fill = meanColour(dataset.mean)
  function* batches() {
    for (let at = 0; at < order.length; at += scoringBatch) {
      const indices = order.subarray(at, at + scoringBatch)
      const batch = new Uint8Array(indices.length * pixels)
      augmentBatch(dataset.train, indices, training.augment, rng, fill, batch)
      yield { batch, count: indices.length, labels: Uint16Array.from(indices, (index) => dataset.train.labels[index]!) }
    }
  }
  return { batches, examples: order.length }
}

async function taylorPass(shop: Workshop, executor: Executor, sites: string[], { images, stream }: ScoringOptions) {
  const places = [...new Set(sites)]
  const { batches, examples } = batchesOf(shop, stream, images)
  const sum = new Map<string, Float32Array>()
  const signed = new Map<string, Float32Array>()
  const add = (into: Map<string, Float32Array>, name: string, values: Float32Array): void => {
    const before = into.get(name)
    if (!before) into.set(name, Float32Array.from(values))
    else for (const [channel, value] of values.entries()) before[channel]! += value
  }
  for (const { batch, labels } of batches()) {
    shop.signal.throwIfAborted()
    for (const [name, terms] of executor.taylor(batch, labels, places)) {
      add(sum, name, terms.absolute)
      add(signed, name, terms.signed)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { sum, signed, examples }
}

function* mapsAt(
  shop: Workshop,
  executor: Executor,
  { network }: Model,
  groups: ChannelGroups,
  name: string,
  sites: readonly string[],
  { images, stream }: ScoringOptions,
): Iterable<ChannelMaps> {
  const shapes = inferShapes(network)
  const { batches } = batchesOf(shop, stream, Math.min(images, mapImages))
  for (const { batch, count } of batches()) {
    for (const [site, values] of executor.features(batch, count, sites)) {
      const { channels, height, width } = shapes.get(site)!
      const size = channels * height * width
      for (let image = 0; image < count; image++) {
        yield mapsOf(groups, name, site, values.subarray(image * size, (image + 1) * size), { height, width })
      }
    }
  }
}
