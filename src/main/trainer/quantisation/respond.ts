import type { Codebooks } from '#common/lookup/codebooks.ts'
import { reconstruct } from '#common/lookup/codebooks.ts'
import type { ProductLayout } from '#common/lookup/layout.ts'
import { channelsOf } from '#common/lookup/layout.ts'
import type { Responses } from './responses.ts'
import { matrixOf, responseError, rowOf } from './responses.ts'
import { solve } from './solve.ts'

/** Times through all subspaces at most, and the gain below which no further one follows. */
const mostSweeps = 8
const leastGain = 1e-3
/** Holds a word near where it is as far as its inputs say nothing about it; a share of their mean square. */
const damping = 1e-4

/** One subspace as it is worked on; of H = Σ S Sᵀ its own block, of the targets what the other subspaces leave to do. */
interface Block {
  /** Numbers of one word, words, positions of the kernel, outputs. */
  channels: number
  count: number
  taps: number
  outputs: number
  /** [taps·channels, taps·channels] */
  squares: Float64Array
  /** [taps·channels, outputs] */
  rest: Float64Array
  /** [count, channels] */
  words: Float64Array
  /** [taps, outputs] */
  assignment: Uint8Array
}

/**
 * Codebooks that move the layer's responses least (frameworks.md §14, 3): block coordinate descent over subspaces; in each,
 * first every vector takes the word with the smallest error of the responses, all others held, then every word moves to
 * its least-squares place. No step makes the error larger (but for the rounding of words to float32).
 */
export function respond(layout: ProductLayout, start: Codebooks, responses: Responses): Codebooks {
  const { subspaces, size, taps, outputs } = layout
  const { count } = start
  const books: Codebooks = { count, words: start.words.slice(), assignments: start.assignments.slice() }
  let error = responseError(responses, matrixOf(layout, reconstruct(layout, books)))
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    for (let m = 0; m < subspaces; m++) {
      const block = blockOf(layout, books, responses, m)
      reassign(block)
      for (let k = 0; k < count; k++) move(block, k)
      for (let k = 0; k < count; k++) {
        const word = block.words.subarray(k * block.channels, (k + 1) * block.channels)
        books.words.set(word, (m * count + k) * size)
      }
      books.assignments.set(block.assignment, m * taps * outputs)
    }
    const now = responseError(responses, matrixOf(layout, reconstruct(layout, books)))
    const gain = 1 - now / error
    error = now
    if (!(gain > leastGain)) break
  }
  return books
}

function blockOf(layout: ProductLayout, books: Codebooks, { rows, inputs, targets }: Responses, m: number): Block {
  const { taps, outputs, size } = layout
  const { count } = books
  const channels = channelsOf(layout, m)
  const [from, length] = [rowOf(layout, m, 0, 0), taps * channels]
  const matrix = matrixOf(layout, reconstruct(layout, books))
  const squares = new Float64Array(length * length)
  const rest = targets.slice(from * outputs, (from + length) * outputs)
  for (let i = 0; i < length; i++) {
    squares.set(inputs.subarray((from + i) * rows + from, (from + i) * rows + from + length), i * length)
    for (let j = 0; j < rows; j++) {
      if (j >= from && j < from + length) continue
      const weight = inputs[(from + i) * rows + j]
      if (weight === 0) continue
      for (let o = 0; o < outputs; o++) rest[i * outputs + o] -= weight * matrix[j * outputs + o]
    }
  }
  const words = new Float64Array(count * channels)
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < channels; c++) words[k * channels + c] = books.words[(m * count + k) * size + c]
  }
  const assignment = books.assignments.slice(m * taps * outputs, (m + 1) * taps * outputs)
  return { channels, count, taps, outputs, squares, rest, words, assignment }
}

/** `into` −= H[tap, other] · word of the vector at (other, output). */
function subtract(block: Block, into: Float64Array, tap: number, other: number, output: number): void {
  const { channels, taps, outputs, squares, words, assignment } = block
  const word = assignment[other * outputs + output] * channels
  for (let i = 0; i < channels; i++) {
    const at = (tap * channels + i) * taps * channels + other * channels
    let sum = 0
    for (let j = 0; j < channels; j++) sum += squares[at + j] * words[word + j]
    into[i] -= sum
  }
}

/** What is left for the vector at (tap, output) when the positions that `left` names do their part. */
function wanted(block: Block, into: Float64Array, tap: number, output: number, left: (tap: number) => boolean): void {
  const { channels, taps, outputs, rest } = block
  for (let i = 0; i < channels; i++) into[i] = rest[(tap * channels + i) * outputs + output]
  for (let other = 0; other < taps; other++) if (left(other)) subtract(block, into, tap, other, output)
}

function reassign(block: Block): void {
  const { channels, count, taps, outputs, squares, words, assignment } = block
  const goal = new Float64Array(channels)
  const own = new Float64Array(count)
  for (let tap = 0; tap < taps; tap++) {
    for (let k = 0; k < count; k++) {
      own[k] = 0
      for (let i = 0; i < channels; i++) {
        const at = (tap * channels + i) * taps * channels + tap * channels
        for (let j = 0; j < channels; j++) {
          own[k] += words[k * channels + i] * squares[at + j] * words[k * channels + j]
        }
      }
    }
    for (let output = 0; output < outputs; output++) {
      wanted(block, goal, tap, output, (other) => other !== tap)
      let least = Number.POSITIVE_INFINITY
      for (let k = 0; k < count; k++) {
        let error = own[k]
        for (let i = 0; i < channels; i++) error -= 2 * words[k * channels + i] * goal[i]
        if (error >= least) continue
        least = error
        assignment[tap * outputs + output] = k
      }
    }
  }
}

/** Least squares for one word over all vectors that have it. */
function move(block: Block, k: number): void {
  const { channels, taps, outputs, squares, words, assignment } = block
  const [left, right] = [new Float64Array(channels * channels), new Float64Array(channels)]
  const goal = new Float64Array(channels)
  for (let output = 0; output < outputs; output++) {
    const has = (tap: number): boolean => assignment[tap * outputs + output] === k
    for (let tap = 0; tap < taps; tap++) {
      if (!has(tap)) continue
      wanted(block, goal, tap, output, (other) => !has(other))
      for (let i = 0; i < channels; i++) right[i] += goal[i]
      for (let other = 0; other < taps; other++) {
        if (!has(other)) continue
        for (let i = 0; i < channels; i++) {
          const at = (tap * channels + i) * taps * channels + other * channels
          for (let j = 0; j < channels; j++) left[i * channels + j] += squares[at + j]
        }
      }
    }
  }
  let mean = 0
  for (let i = 0; i < channels; i++) mean += left[i * channels + i] / channels
  if (mean === 0) return
  for (let i = 0; i < channels; i++) {
    left[i * channels + i] += damping * mean
    right[i] += damping * mean * words[k * channels + i]
  }
  const solved = solve(left, right)
  if (solved) words.set(solved, k * channels)
}
