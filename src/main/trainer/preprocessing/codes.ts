import type { ImageSet } from '../data/imageSet.ts'
import { emptyImageSet } from '../data/imageSet.ts'

/** The ends of an 8-bit code for each of k numbers; both sides of the link know them. */
export interface Ranges {
  low: Float32Array
  high: Float32Array
}

/** What k numbers of each image span, values [count, k]. */
export function rangesOf(values: Float32Array, k: number, known?: Ranges): Ranges {
  const low = known?.low ?? new Float32Array(k).fill(Number.POSITIVE_INFINITY)
  const high = known?.high ?? new Float32Array(k).fill(Number.NEGATIVE_INFINITY)
  for (let i = 0; i < values.length; i++) {
    low[i % k] = Math.min(low[i % k], values[i])
    high[i % k] = Math.max(high[i % k], values[i])
  }
  return { low, high }
}

/** One byte for each number; what lies beyond the ends is clipped. */
export function writeCodes(values: Float32Array, { low, high }: Ranges, out: Uint8Array): void {
  const k = low.length
  for (let i = 0; i < values.length; i++) {
    const [from, to] = [low[i % k], high[i % k]]
    out[i] = Math.max(0, Math.min(255, Math.round((255 * (values[i] - from)) / (to - from || 1))))
  }
}

/** A set whose images are k bytes, [count, 1, 1, k]; `values` gives the numbers of some images, [count, k]. */
export function codedSet(
  set: ImageSet,
  k: number,
  ranges: Ranges,
  values: (from: number, count: number) => Float32Array,
): ImageSet {
  const out = emptyImageSet(set.count, 1, k)
  out.labels.set(set.labels)
  for (let at = 0; at < set.count; at += codesAtOnce) {
    const count = Math.min(codesAtOnce, set.count - at)
    writeCodes(values(at, count), ranges, out.images.subarray(at * k, (at + count) * k))
  }
  return out
}

/** Images that are computed together. */
export const codesAtOnce = 2_000
