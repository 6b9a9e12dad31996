import type { Batch, BatchOptions } from '../../training/batches.ts'
import type { ImageSet } from '../imageSet.ts'

/** Batches ready ahead of the one in use: enough to bridge a pause of the thread, little enough to be nothing. */
export const slots = 4

/** Memory that two threads share: a ring of batches, and how many were filled and used in all. */
export interface Ring {
  images: SharedArrayBuffer
  labels: SharedArrayBuffer
  /** Images of a batch, and bytes of one. */
  size: number
  imageBytes: number
  /** Int32: batches filled, batches used. */
  counters: SharedArrayBuffer
}

export interface FeedOrder {
  set: ImageSet
  options: BatchOptions
  ring: Ring
}

export const filled = 0
export const used = 1

export function makeRing({ count, size: side, channels }: ImageSet, { batchSize }: BatchOptions): Ring {
  const size = Math.min(batchSize, count)
  const imageBytes = side * side * channels
  return {
    images: new SharedArrayBuffer(slots * size * imageBytes),
    labels: new SharedArrayBuffer(slots * size * Uint16Array.BYTES_PER_ELEMENT),
    size,
    imageBytes,
    counters: new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT),
  }
}

export const countersOf = ({ counters }: Ring): Int32Array<SharedArrayBuffer> => new Int32Array(counters)

/** The place of the batch of this number, counted over all epochs. */
export function slotOf({ images, labels, size, imageBytes }: Ring, number: number): Batch {
  const slot = number % slots
  return {
    images: new Uint8Array(images, slot * size * imageBytes, size * imageBytes),
    labels: new Uint16Array(labels, slot * size * Uint16Array.BYTES_PER_ELEMENT, size),
  }
}
