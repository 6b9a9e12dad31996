import { elements, inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { augmentBatch, meanColour } from '../data/augment.ts'
import { breathe } from '../data/breathe.ts'
import { epochBatches, stepsPerEpoch } from '../training/batches.ts'
import { createExecutor } from '../training/executor.ts'
import type { Given } from '../training/fitter.ts'
import type { Workshop } from './workshop.ts'

/** Where the batches of a fit come from; `dispose` frees what they are computed with. */
export interface BatchSource {
  epoch(epoch: number): Iterable<{ given: Given; labels: Uint16Array }>
  dispose(): void
}

/** Features of all training images stay in memory up to this many bytes; beyond, every batch is computed anew. */
const cacheLimit = 2 ** 30
const cacheBatch = 250

/** Images, freshly augmented in every epoch; or, with `from`, the output of that layer, computed once where it fits. */
export async function batchSource(
  shop: Workshop,
  model: Model,
  { from, stream, limit = cacheLimit }: { from: string | undefined; stream: string; limit?: number },
): Promise<BatchSource> {
  if (from === undefined) return { epoch: (epoch) => imageBatches(shop, stream, epoch), dispose: () => {} }
  const size = elements(inferShapes(model.network).get(from)!)
  if (4 * size * shop.dataset.train.count > limit) return computedBatches(shop, model, from, stream)
  return cachedBatches(shop, await featuresOf(shop, model, from, stream), from, stream)
}

function* imageBatches({ dataset, training, seed }: Workshop, stream: string, epoch: number) {
  const { batchSize, augment } = training
  const settings = { batchSize, augment, fill: meanColour(dataset.mean), seed, stream }
  for (const { images, labels } of epochBatches(dataset.train, epoch, settings)) {
    yield { given: { images, count: labels.length }, labels }
  }
}

function computedBatches(shop: Workshop, model: Model, layer: string, stream: string): BatchSource {
  const executor = createExecutor(shop.backend, model)
  return {
    *epoch(epoch) {
      for (const { given, labels } of imageBatches(shop, stream, epoch)) {
        const values = executor.features(given.images, given.count, [layer]).get(layer)!
        yield { given: { layer, values, count: given.count }, labels }
      }
    },
    dispose: () => executor.dispose(),
  }
}

function cachedBatches(
  { dataset: { train }, training, seed }: Workshop,
  features: Float32Array,
  layer: string,
  stream: string,
): BatchSource {
  const { count } = train
  const size = features.length / count
  const batch = Math.min(training.batchSize, count)
  return {
    *epoch(epoch) {
      const order = random(seed, stream, 'epoch', epoch, 'shuffle').shuffle(
        Int32Array.from({ length: count }, (_, i) => i),
      )
      const values = new Float32Array(batch * size)
      for (let step = 0; step < stepsPerEpoch(count, batch); step++) {
        const indices = order.subarray(step * batch, (step + 1) * batch)
        indices.forEach((index, n) => {
          values.set(features.subarray(index * size, (index + 1) * size), n * size)
        })
        const labels = Uint16Array.from(indices, (index) => train.labels[index]!)
        yield { given: { layer, values, count: batch }, labels }
      }
    },
    dispose: () => {},
  }
}

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
