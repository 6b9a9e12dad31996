import type { ProductLayout } from './layout.ts'
import { channelsOf, mostWords, weightAt } from './layout.ts'

/** The words of every subspace and which of them stands for which vector of weights. */
export interface Codebooks {
  /** [M, K, size]; channels that the last subspace does not have are 0, and so are words that it does not use. */
  words: Float32Array
  /** K: of the subspace with most words. */
  count: number
  /** [M, taps, outputs] */
  assignments: Uint8Array
}

/** The weights that codebooks stand for, in file layout: every vector is its word. */
export function reconstruct(layout: ProductLayout, { words, count, assignments }: Codebooks): Float32Array {
  const { inputs, outputs, taps, size, subspaces } = layout
  const weights = new Float32Array(inputs * outputs * taps)
  for (let m = 0; m < subspaces; m++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let output = 0; output < outputs; output++) {
        const word = (m * count + assignments[(m * taps + tap) * outputs + output]!) * size
        for (let c = 0; c < channelsOf(layout, m); c++) {
          weights[weightAt(layout, output, m * size + c, tap)] = words[word + c]!
        }
      }
    }
  }
  return weights
}

/**
 * The codebooks of weights that were quantised: their distinct vectors, in order of appearance. Undefined where a subspace
 * has more of them than one byte can name, or as many as half of its vectors: such weights were not quantised.
 */
export function codebooksOf(layout: ProductLayout, weights: Float32Array): Codebooks | undefined {
  const { outputs, taps, size, subspaces } = layout
  const assignments = new Uint8Array(subspaces * taps * outputs)
  const books: number[][][] = []
  for (let m = 0; m < subspaces; m++) {
    const book: number[][] = []
    const known = new Map<string, number>()
    for (let tap = 0; tap < taps; tap++) {
      for (let output = 0; output < outputs; output++) {
        const vector = Array.from(
          { length: channelsOf(layout, m) },
          (_, c) => weights[weightAt(layout, output, m * size + c, tap)]!,
        )
        const key = vector.join()
        let index = known.get(key)
        if (index === undefined) {
          index = book.length
          if (index >= Math.min(mostWords, (taps * outputs) / 2)) return undefined
          known.set(key, index)
          book.push(vector)
        }
        assignments[(m * taps + tap) * outputs + output] = index
      }
    }
    books.push(book)
  }
  const count = Math.max(...books.map(({ length }) => length))
  const words = new Float32Array(subspaces * count * size)
  for (const [m, book] of books.entries()) {
    for (const [k, word] of book.entries()) words.set(word, (m * count + k) * size)
  }
  return { words, count, assignments }
}
