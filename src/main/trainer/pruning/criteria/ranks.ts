import { symmetricEigenvalues } from '../eigenvalues.ts'
import type { ChannelMaps, Criterion } from './criterion.ts'
import { meanOverMaps } from './criterion.ts'
import { l1 } from './norms.ts'

/** Of float32: a singular value below largest · max(rows, columns) · ε counts as zero, as in numpy and PyTorch. */
const epsilon = 2 ** -23

/** M·Mᵀ of a [rows, columns] block, in double precision. */
function gram(values: Float32Array, start: number, rows: number, columns: number): Float64Array {
  const product = new Float64Array(rows * rows)
  for (let a = 0; a < rows; a++) {
    for (let b = a; b < rows; b++) {
      let sum = 0
      for (let k = 0; k < columns; k++) sum += values[start + a * columns + k]! * values[start + b * columns + k]!
      product[a * rows + b] = sum
      product[b * rows + a] = sum
    }
  }
  return product
}

export function rankOf(values: Float32Array, start: number, height: number, width: number): number {
  const eigenvalues = symmetricEigenvalues(gram(values, start, height, width), height)
  const largest = Math.sqrt(Math.max(0, eigenvalues[height - 1]!))
  const tolerance = largest * Math.max(height, width) * epsilon
  return eigenvalues.reduce((rank, value) => rank + (value > 0 && Math.sqrt(value) > tolerance ? 1 : 0), 0)
}

/**
 * HRank (Lin et al. 2020): the mean rank of a channel's feature map after its non-linearity. Ranks saturate on shallow
 * and on tiny maps; ties are broken by the L1 norm (frameworks.md §13).
 */
export const hrank: Criterion = {
  needs: 'maps',
  score: (statistics) => {
    const ranks = meanOverMaps(statistics, ({ values, height, width }) =>
      Array.from({ length: statistics.channels }, (_, channel) =>
        rankOf(values, channel * height * width, height, width),
      ),
    )
    const norms = l1.score(statistics)
    const largest = Math.max(...norms, Number.MIN_VALUE)
    // Far below one image's smallest step in the mean of thousands.
    return ranks.map((rank, channel) => rank + (1e-4 * norms[channel]!) / largest)
  },
}

const nuclear = (matrix: Float64Array, n: number): number =>
  symmetricEigenvalues(matrix, n).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0)

/**
 * CHIP (Sui et al. 2021): channel independence, CI_i = ‖A‖∗ − ‖A without row i‖∗ for the [channels, positions] matrix A of
 * an image, averaged over images. The nuclear norms come from the eigenvalues of the smaller Gram matrix.
 */
export const chip: Criterion = {
  needs: 'maps',
  score: (statistics) => meanOverMaps(statistics, (maps) => independence(maps, statistics.channels)),
}

export function independence({ values, height, width }: ChannelMaps, channels: number): Float64Array {
  const positions = height * width
  const found = new Float64Array(channels)
  if (channels <= positions) {
    const whole = gram(values, 0, channels, positions)
    const total = nuclear(whole, channels)
    for (let gone = 0; gone < channels; gone++)
      found[gone] = total - nuclear(without(whole, channels, gone), channels - 1)
    return found
  }
  // AᵀA, and with row i gone: AᵀA − aᵢaᵢᵀ.
  const whole = new Float64Array(positions * positions)
  const each = (channel: number, sign: number, into: Float64Array): void => {
    const row = values.subarray(channel * positions, (channel + 1) * positions)
    for (let a = 0; a < positions; a++) {
      for (let b = 0; b < positions; b++) into[a * positions + b]! += sign * row[a]! * row[b]!
    }
  }
  for (let channel = 0; channel < channels; channel++) each(channel, 1, whole)
  const total = nuclear(whole, positions)
  for (let gone = 0; gone < channels; gone++) {
    const less = Float64Array.from(whole)
    each(gone, -1, less)
    found[gone] = total - nuclear(less, positions)
  }
  return found
}

/** A matrix without one row and column. */
function without(matrix: Float64Array, n: number, gone: number): Float64Array {
  const smaller = new Float64Array((n - 1) * (n - 1))
  let to = 0
  for (let row = 0; row < n; row++) {
    if (row === gone) continue
    for (let column = 0; column < n; column++) {
      if (column !== gone) smaller[to++] = matrix[row * n + column]!
    }
  }
  return smaller
}
