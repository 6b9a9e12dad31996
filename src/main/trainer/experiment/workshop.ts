import type { TrainingConfig } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import { CodedError } from '#common/errors.ts'
import type { ChannelGroups } from '#common/network/channelGroups.ts'
import { activationsOf, channelGroups, macsPerChannel } from '#common/network/channelGroups.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../backend/index.ts'
import { augmentBatch, meanColour } from '../data/augment.ts'
import type { Dataset } from '../data/imageSet.ts'
import { taylor } from '../pruning/criteria/taylor.ts'
import { evaluate } from '../training/evaluate.ts'
import { createExecutor } from '../training/executor.ts'
import { trainModel } from '../training/train.ts'

/** How a process tells its parent what it is doing. */
export interface Reporter {
  progress(progress: Progress): void
  metric(stage: string, step: number, values: Record<string, number>): void
  log(level: 'info' | 'warn' | 'error', text: string): void
}

/** What every step on a network needs: a backend, images, a seed, the recipe of training, and a way to be cancelled. */
export interface Workshop {
  backend: Backend
  dataset: Dataset
  training: TrainingConfig
  seed: number
  signal: AbortSignal
  reporter: Reporter
}

const scoringBatch = 128

/** Fine-tuning from fresh momentum; the rate falls from `rate` to 0 along half a cosine. Fractions of an epoch are allowed. */
export async function fineTune(
  { backend, dataset, training, seed, signal }: Workshop,
  model: Model,
  { epochs, rate, stream }: { epochs: number; rate: number; stream: string },
): Promise<Model> {
  const recipe: TrainingConfig = { ...training, schedule: { kind: 'cosine', start: rate } }
  const { model: tuned } = await trainModel(
    backend,
    model,
    dataset.train,
    { training: recipe, epochs, seed, stream, mean: dataset.mean },
    { signal },
  )
  return tuned
}

export async function validationAccuracy({ backend, dataset, signal }: Workshop, model: Model): Promise<number> {
  return (await evaluate(backend, model, dataset.validation, { signal })).accuracy
}

/** A channel's importance is that of all the places where it is read (Molchanov et al. 2019, for shortcuts). */
function sumOverSites(
  { groups, channelsOf }: ChannelGroups,
  name: string,
  sites: readonly string[],
  sums: ReadonlyMap<string, Float32Array>,
): Float32Array {
  const total = new Float32Array(groups.find((group) => group.name === name)!.size)
  for (const site of sites) {
    const values = sums.get(site)!
    for (const [channel, ref] of channelsOf(site).entries()) {
      if (ref?.group === name) total[ref.index]! += values[channel]!
    }
  }
  return total
}

/**
 * Taylor scores of the channels of some groups (frameworks.md §6), summed over the places where a group is read, from the first `images` of a seeded shuffle of
 * the training images, augmented as in training: a network that fits its training images well has hardly a gradient on
 * the plain ones.
 */
export async function taylorScores(
  { backend, dataset, training, seed, signal }: Workshop,
  model: Model,
  convolutions: readonly string[],
  { images, stream, flopsRegulariser }: { images: number; stream: string; flopsRegulariser: number },
): Promise<Map<string, Float32Array>> {
  const { network } = model
  const rng = random(seed, stream, 'score')
  const order = rng.shuffle(Int32Array.from({ length: dataset.train.count }, (_, index) => index)).subarray(0, images)
  const groups = channelGroups(network)
  const sitesOf = new Map(convolutions.map((name) => [name, activationsOf(network, groups, name)]))
  const activations = [...new Set([...sitesOf.values()].flat())]
  const sums = new Map<string, Float32Array>()
  const pixels = dataset.size * dataset.size * 3
  const fill = meanColour(dataset.mean)
  const executor = createExecutor(backend, model)
  try {
    for (let at = 0; at < order.length; at += scoringBatch) {
      signal.throwIfAborted()
      const indices = order.subarray(at, at + scoringBatch)
      const batch = new Uint8Array(indices.length * pixels)
      augmentBatch(dataset.train, indices, training.augment, rng, fill, batch)
      const labels = Uint16Array.from(indices, (index) => dataset.train.labels[index]!)
      for (const [name, values] of executor.taylor(batch, labels, activations)) {
        const sum = sums.get(name)
        if (!sum) sums.set(name, Float32Array.from(values))
        else for (const [channel, value] of values.entries()) sum[channel]! += value
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  } finally {
    executor.dispose()
  }
  const cost = macsPerChannel(network, groups)
  const largest = Math.max(...cost.values())
  const criterion = taylor(flopsRegulariser)
  return new Map(
    convolutions.map((name) => {
      const taylorSum = sumOverSites(groups, name, sitesOf.get(name)!, sums)
      if (!taylorSum.every(Number.isFinite)) {
        throw new CodedError(
          'trainer-failed',
          `The Taylor scores of ${name} are not numbers.`,
          'The network has diverged: train it with a lower rate.',
        )
      }
      return [name, criterion({ taylorSum, examples: order.length, costShare: cost.get(name)! / largest })]
    }),
  )
}
