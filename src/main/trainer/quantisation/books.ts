import type { Codebooks } from '#common/lookup/codebooks.ts'
import type { ProductLayout } from '#common/lookup/layout.ts'
import { channelsOf, mostWords, vectorsOf, weightAt } from '#common/lookup/layout.ts'
import type { Random } from '#common/random.ts'
import { kMeans } from './kMeans.ts'

/** So many vectors at least for every word, or else a table costs more than it saves. */
const vectorsPerWord = 4
const leastWords = 8

/** Words of a layer's subspaces when `most` are asked for; undefined where there are too few vectors for any. */
export function wordsFor(layout: ProductLayout, most: number): number | undefined {
  const count = Math.min(most, mostWords, 2 ** Math.floor(Math.log2(vectorsOf(layout) / vectorsPerWord)))
  return count >= leastWords ? count : undefined
}

/** Codebooks that are as near as possible to the weights themselves (frameworks.md §14, 1 and 2). */
export function nearestBooks(layout: ProductLayout, weights: Float32Array, count: number, rng: Random): Codebooks {
  const { taps, outputs, size, subspaces } = layout
  const words = new Float32Array(subspaces * count * size)
  const assignments = new Uint8Array(subspaces * taps * outputs)
  for (let m = 0; m < subspaces; m++) {
    const channels = channelsOf(layout, m)
    const vectors = new Float64Array(taps * outputs * channels)
    for (let tap = 0; tap < taps; tap++) {
      for (let output = 0; output < outputs; output++) {
        for (let c = 0; c < channels; c++) {
          vectors[(tap * outputs + output) * channels + c] = weights[weightAt(layout, output, m * size + c, tap)]
        }
      }
    }
    const found = kMeans(vectors, channels, count, rng)
    for (let k = 0; k * channels < found.words.length; k++) {
      words.set(found.words.subarray(k * channels, (k + 1) * channels), (m * count + k) * size)
    }
    assignments.set(found.assignment, m * taps * outputs)
  }
  return { words, count, assignments }
}
