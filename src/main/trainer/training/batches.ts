import { random } from '#common/random.ts'
import type { Augmentation } from '../data/augment.ts'
import { augmentBatch } from '../data/augment.ts'
import type { ImageSet } from '../data/imageSet.ts'

export interface Batch {
  /** [N, size, size, 3]; reused by the next batch. */
  images: Uint8Array
  labels: Uint16Array
}

export interface BatchOptions {
  batchSize: number
  augment: Augmentation
  /** Colour of the padding, uint8 per channel. */
  fill: readonly number[]
  seed: number
  stream: string
}

/** Whole batches of an epoch; a set smaller than a batch is one batch. The incomplete rest is left out. */
export const stepsPerEpoch = (count: number, batchSize: number): number => Math.max(1, Math.floor(count / batchSize))

/**
 * The batches of epoch `epoch` (from 0): a fresh shuffle, then augmentation. Both are drawn from streams named by
 * stream and epoch, so that any epoch can be begun without those before it.
 */
export function* epochBatches(set: ImageSet, epoch: number, options: BatchOptions): Generator<Batch> {
  const { batchSize, augment, fill, seed, stream } = options
  const order = random(seed, stream, 'epoch', epoch, 'shuffle').shuffle(
    Int32Array.from({ length: set.count }, (_, at) => at),
  )
  const rng = random(seed, stream, 'epoch', epoch, 'augment')
  const size = Math.min(batchSize, set.count)
  const images = new Uint8Array(size * set.size * set.size * set.channels)
  const labels = new Uint16Array(size)
  for (let step = 0; step < stepsPerEpoch(set.count, batchSize); step++) {
    const indices = order.subarray(step * size, (step + 1) * size)
    augmentBatch(set, indices, augment, rng, fill, images)
    for (let n = 0; n < size; n++) labels[n] = set.labels[indices[n]!]!
    yield { images, labels }
  }
}
