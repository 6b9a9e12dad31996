import type { Random } from '#common/random.ts'

/** Rounds of Lloyd's algorithm; it nearly always ends earlier, when nothing moves any more. */
const mostRounds = 50

export interface Clusters {
  /** [K, size] */
  words: Float64Array
  /** Of every vector, its nearest word. */
  assignment: Uint8Array
}

function distance(a: Float64Array, at: number, b: Float64Array, from: number, size: number): number {
  let sum = 0
  for (let c = 0; c < size; c++) sum += (a[at + c] - b[from + c]) ** 2
  return sum
}

/** The nearest of K words, the first among equals. */
function nearest(vectors: Float64Array, at: number, words: Float64Array, size: number): [word: number, far: number] {
  let [best, least] = [0, Number.POSITIVE_INFINITY]
  for (let k = 0; k * size < words.length; k++) {
    const far = distance(vectors, at, words, k * size, size)
    if (far < least) [best, least] = [k, far]
  }
  return [best, least]
}

/**
 * K-means (k-means++ start, Lloyd's rounds): K ≤ 256 words for vectors [N, size], minimising Σ ‖vector − word‖². A word that
 * nobody is nearest to moves to the vector that is worst off.
 */
export function kMeans(vectors: Float64Array, size: number, count: number, rng: Random): Clusters {
  const total = vectors.length / size
  const words = start(vectors, size, Math.min(count, total), rng)
  const assignment = new Uint8Array(total)
  for (let round = 0; round < mostRounds; round++) {
    let moved = round === 0
    const [sums, members] = [new Float64Array(words.length), new Uint32Array(words.length / size)]
    let [worst, farthest] = [0, -1]
    for (let i = 0; i < total; i++) {
      const [word, far] = nearest(vectors, i * size, words, size)
      if (assignment[i] !== word) moved = true
      assignment[i] = word
      if (far > farthest) [worst, farthest] = [i, far]
      members[word] += 1
      for (let c = 0; c < size; c++) sums[word * size + c] += vectors[i * size + c]
    }
    for (const [k, count] of members.entries()) {
      if (count > 0) for (let c = 0; c < size; c++) words[k * size + c] = sums[k * size + c] / count
      else if (farthest > 0) {
        words.set(vectors.subarray(worst * size, (worst + 1) * size), k * size)
        farthest = 0
        moved = true
      }
    }
    if (!moved) break
  }
  return { words, assignment }
}

function start(vectors: Float64Array, size: number, count: number, rng: Random): Float64Array {
  const total = vectors.length / size
  const words = new Float64Array(count * size)
  const gaps = new Float64Array(total).fill(Number.POSITIVE_INFINITY)
  let chosen = rng.below(total)
  for (let k = 0; k < count; k++) {
    words.set(vectors.subarray(chosen * size, (chosen + 1) * size), k * size)
    let sum = 0
    for (let i = 0; i < total; i++) {
      gaps[i] = Math.min(gaps[i], distance(vectors, i * size, words, k * size, size))
      sum += gaps[i]
    }
    let left = rng.next() * sum
    chosen = 0
    while (chosen < total - 1 && left >= gaps[chosen]) left -= gaps[chosen++]
  }
  return words
}
