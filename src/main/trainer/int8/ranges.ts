import type { Forward } from '../candidates/forward.ts'
import { spread } from '../candidates/images.ts'
import type { ImageSet } from '../data/imageSet.ts'
import type { Range } from './numbers.ts'

const calibrationImages = 512
const batch = 64
/** Values of a layer that are kept at most: enough for the share below, little enough to sort. */
const mostValues = 2 ** 18
/** The part of the values beyond either end of a range: single outliers would coarsen all others. */
const outliers = 1e-4

/**
 * Ranges of layers' outputs over up to 512 calibration images (training images, evenly spread): from the 0.01 % to the
 * 99.99 % quantile of evenly spread values; 0 where nothing is negative. `forward`: the trainer's own arithmetic.
 */
export async function observeRanges(
  forward: Pick<Forward, 'features'>,
  layers: readonly string[],
  set: ImageSet,
): Promise<Map<string, Range>> {
  const total = Math.min(calibrationImages, set.count)
  const images = spread(set, total)
  const length = images.length / total
  const kept = new Map<string, number[]>(layers.map((layer) => [layer, []]))
  for (let at = 0; at < total; at += batch) {
    const count = Math.min(batch, total - at)
    const outputs = await forward.features(images.subarray(at * length, (at + count) * length), count, layers)
    for (const [layer, values] of outputs) {
      // Odd, so that it does not always meet the same columns.
      const step = Math.ceil((values.length * total) / count / mostValues) | 1
      const into = kept.get(layer)!
      for (let i = 0; i < values.length; i += step) into.push(values[i]!)
    }
  }
  return new Map([...kept].map(([layer, values]) => [layer, rangeOf(Float32Array.from(values))]))
}

/** Sorts `values`. */
export function rangeOf(values: Float32Array): Range {
  values.sort()
  const cut = Math.floor(outliers * values.length)
  return { low: Math.min(0, values[cut] ?? 0), high: Math.max(0, values[values.length - 1 - cut] ?? 0) }
}
