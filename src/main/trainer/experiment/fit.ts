import { CodedError } from '#common/errors.ts'
import { elements, inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { augmentBatch, meanColour } from '../data/augment.ts'
import { breathe } from '../data/breathe.ts'
import type { FitOptions } from '../frameworks/lab.ts'
import { epochBatches, stepsPerEpoch } from '../training/batches.ts'
import { createExecutor } from '../training/executor.ts'
import type { Given } from '../training/fitter.ts'
import { createFitter } from '../training/fitter.ts'
import { rateAt } from '../training/schedule.ts'
import type { Workshop } from './workshop.ts'

/**
 * Trains the named layers by Adam; the rate falls from `rate` to 0 along half a cosine. With `from`, the output of that
 * layer is computed once for all training images, augmented once, and everything up to it stays as it is; without, every
 * epoch runs on freshly augmented images.
 */
export async function fitLayers(shop: Workshop, model: Model, options: FitOptions): Promise<Model> {
  const { backend, dataset, training, seed, signal } = shop
  const { layers, from, epochs, rate, stream, restore } = options
  const penalty = penaltyOf(model, options)
  const { count } = dataset.train
  const perEpoch = stepsPerEpoch(count, training.batchSize)
  const total = Math.max(1, Math.round(epochs * perEpoch))
  const batches = from === undefined ? imageBatches : cachedBatches(await featuresOf(shop, model, from, stream), from)
  const fitter = createFitter(backend, model, new Set(layers))
  try {
    let done = 0
    for (let epoch = 0; done < total; epoch++) {
      for (const { given, labels } of batches(epoch)) {
        const noise = random(seed, stream, 'channel', done)
        const { loss } = fitter.step({
          given,
          labels,
          rule: { rate: rateAt({ kind: 'cosine', start: rate }, done, total), weightDecay: training.weightDecay },
          draws: { share: noise.next(), random: noise },
          ...(restore === undefined ? {} : { restore }),
          ...(penalty ? { penalty } : {}),
        })
        if (!Number.isFinite(loss)) {
          throw new CodedError(
            'trainer-failed',
            `Training the codec diverged: the loss is no longer a number at step ${done + 1}.`,
            'Lower the learning rate, or check the images and labels.',
          )
        }
        done += 1
        await breathe(signal)
        if (done === total) break
      }
    }
    return { network: model.network, weights: fitter.weights() }
  } finally {
    fitter.dispose()
  }

  function* imageBatches(epoch: number): Generator<{ given: Given; labels: Uint16Array }> {
    const settings = {
      batchSize: training.batchSize,
      augment: training.augment,
      fill: meanColour(dataset.mean),
      seed,
      stream,
    }
    for (const { images, labels } of epochBatches(dataset.train, epoch, settings)) {
      yield { given: { images, count: labels.length }, labels }
    }
  }

  function cachedBatches(features: Float32Array, layer: string) {
    const size = elements(inferShapes(model.network).get(layer)!)
    const batch = Math.min(training.batchSize, count)
    return function* (epoch: number): Generator<{ given: Given; labels: Uint16Array }> {
      const order = random(seed, stream, 'epoch', epoch, 'shuffle').shuffle(
        Int32Array.from({ length: count }, (_, i) => i),
      )
      const values = new Float32Array(batch * size)
      for (let step = 0; step < perEpoch; step++) {
        const indices = order.subarray(step * batch, (step + 1) * batch)
        indices.forEach((index, n) => {
          values.set(features.subarray(index * size, (index + 1) * size), n * size)
        })
        const labels = Uint16Array.from(indices, (index) => dataset.train.labels[index]!)
        yield { given: { layer, values, count: batch }, labels }
      }
    }
  }
}

/** α for every element of the penalised weights, 0 where there is none. */
function penaltyOf({ weights }: Model, { penalty }: FitOptions): Map<string, Float32Array> | undefined {
  if (!penalty) return undefined
  return new Map(
    [...penalty.scales].map(([name, elements]) => {
      const strengths = new Float32Array(weights.get(name)!.length)
      for (const element of elements) strengths[element] = penalty.alpha
      return [name, strengths]
    }),
  )
}

const cacheBatch = 250

/** The output of a layer for all training images, each augmented once; float32 [N, C, H, W]. */
async function featuresOf(
  { backend, dataset, training, seed, signal }: Workshop,
  model: Model,
  layer: string,
  stream: string,
): Promise<Float32Array> {
  const { train, size } = dataset
  const rng = random(seed, stream, 'features')
  const features = new Float32Array(train.count * elements(inferShapes(model.network).get(layer)!))
  const executor = createExecutor(backend, model)
  try {
    for (let at = 0; at < train.count; at += cacheBatch) {
      const indices = Int32Array.from({ length: Math.min(cacheBatch, train.count - at) }, (_, i) => at + i)
      const images = new Uint8Array(indices.length * size * size * 3)
      augmentBatch(train, indices, training.augment, rng, meanColour(dataset.mean), images)
      const values = executor.features(images, indices.length, [layer]).get(layer)!
      features.set(values, at * (features.length / train.count))
      await breathe(signal)
    }
  } finally {
    executor.dispose()
  }
  return features
}
