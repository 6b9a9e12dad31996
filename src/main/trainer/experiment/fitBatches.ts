import { elements, inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { augmentBatch, meanColour } from '../data/augment.ts'
import { breathe } from '../data/breathe.ts'
import { epochBatches, stepsPerEpoch } from '../training/batches.ts'
import type { SoftLabels } from '../training/distil.ts'
import type { Executor } from '../training/executor.ts'
import { createExecutor } from '../training/executor.ts'
import type { Given } from '../training/fitter.ts'
import type { Workshop } from './workshop.ts'

export interface FitBatch {
  given: Given
  labels: Uint16Array
  /** What the teacher says of the same augmented images, where there is one. */
  soft?: SoftLabels | undefined
}

/** Where the batches of a fit come from; `dispose` frees what they are computed with. */
export interface BatchSource {
  epoch(epoch: number): Iterable<FitBatch>
  dispose(): void
}

/** Features of all training images stay in memory up to this many bytes; beyond, every batch is computed anew. */
const cacheLimit = 2 ** 30
const cacheBatch = 250

/** Images, freshly augmented in every epoch; or, with `from`, the output of that layer, computed once where it fits. */
export async function batchSource(
  shop: Workshop,
  model: Model,
  {
    from,
    stream,
    teacher,
    limit = cacheLimit,
  }: { from: string | undefined; stream: string; teacher?: Model | undefined; limit?: number },
): Promise<BatchSource> {
  const taught = teacher && createExecutor(shop.backend, teacher)
  if (from === undefined) {
    return { epoch: (epoch) => imageBatches(shop, taught, stream, epoch), dispose: () => taught?.dispose() }
  }
  const size = elements(inferShapes(model.network).get(from)!)
  if (4 * size * shop.dataset.train.count > limit) return computedBatches(shop, model, taught, from, stream)
  try {
    return cachedBatches(shop, await featuresOf(shop, model, taught, from, stream), from, stream)
  } finally {
    taught?.dispose()
  }
}

function* imageBatches(
  { dataset, training, seed }: Workshop,
  teacher: Executor | undefined,
  stream: string,
  epoch: number,
) {
  const { batchSize, augment } = training
  const settings = { batchSize, augment, fill: meanColour(dataset.mean), seed, stream }
  for (const { images, labels } of epochBatches(dataset.train, epoch, settings)) {
    const count = labels.length
    yield { given: { images, count }, labels, soft: teacher && { logits: teacher.predict(images, count) } }
  }
}

function computedBatches(
  shop: Workshop,
  model: Model,
  teacher: Executor | undefined,
  layer: string,
  stream: string,
): BatchSource {
  const executor = createExecutor(shop.backend, model)
  return {
    *epoch(epoch) {
      for (const { given, ...rest } of imageBatches(shop, teacher, stream, epoch)) {
        const values = executor.features(given.images, given.count, [layer]).get(layer)!
        yield { given: { layer, values, count: given.count }, ...rest }
      }
    },
    dispose() {
      executor.dispose()
      teacher?.dispose()
    },
  }
}

/** Of all training images, each augmented once: the output of a layer, float32 [N, C, H, W], and the teacher's logits. */
interface Cached {
  features: Float32Array
  logits: Float32Array | undefined
}

function cachedBatches(
  { dataset: { train }, training, seed }: Workshop,
  { features, logits }: Cached,
  layer: string,
  stream: string,
): BatchSource {
  const { count } = train
  const batch = Math.min(training.batchSize, count)
  return {
    *epoch(epoch) {
      const order = random(seed, stream, 'epoch', epoch, 'shuffle').shuffle(
        Int32Array.from({ length: count }, (_, i) => i),
      )
      for (let step = 0; step < stepsPerEpoch(count, batch); step++) {
        const indices = order.subarray(step * batch, (step + 1) * batch)
        const labels = Uint16Array.from(indices, (index) => train.labels[index]!)
        const soft = logits && { logits: gathered(logits, indices, count) }
        yield { given: { layer, values: gathered(features, indices, count), count: batch }, labels, soft }
      }
    },
    dispose: () => {},
  }
}

/** Rows of a matrix of `count` rows. */
function gathered(matrix: Float32Array, rows: Int32Array, count: number): Float32Array {
  const size = matrix.length / count
  const found = new Float32Array(rows.length * size)
  rows.forEach((row, n) => {
    found.set(matrix.subarray(row * size, (row + 1) * size), n * size)
  })
  return found
}

async function featuresOf(
  { backend, dataset, training, seed, signal }: Workshop,
  model: Model,
  teacher: Executor | undefined,
  layer: string,
  stream: string,
): Promise<Cached> {
  const { train, size } = dataset
  const rng = random(seed, stream, 'features')
  const features = new Float32Array(train.count * elements(inferShapes(model.network).get(layer)!))
  let logits: Float32Array | undefined
  const executor = createExecutor(backend, model)
  try {
    for (let at = 0; at < train.count; at += cacheBatch) {
      const indices = Int32Array.from({ length: Math.min(cacheBatch, train.count - at) }, (_, i) => at + i)
      const images = new Uint8Array(indices.length * size * size * 3)
      augmentBatch(train, indices, training.augment, rng, meanColour(dataset.mean), images)
      const values = executor.features(images, indices.length, [layer]).get(layer)!
      features.set(values, at * (features.length / train.count))
      if (teacher) {
        const said = teacher.predict(images, indices.length)
        logits ??= new Float32Array((train.count * said.length) / indices.length)
        logits.set(said, at * (logits.length / train.count))
      }
      await breathe(signal)
    }
  } finally {
    executor.dispose()
  }
  return { features, logits }
}
