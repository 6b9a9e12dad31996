import type { Random } from '#common/random.ts'
import type { Backend } from '../backend/index.ts'
import { breathe } from '../data/breathe.ts'
import type { ImageSet } from '../data/imageSet.ts'

/** Images that are on the backend at once. */
const batch = 2_000
/** Directions beyond those asked for, and rounds: what is found then differs by rounding only. */
const extra = 8
const rounds = 60

/** Mean and main directions of images as vectors; brightness 0…1. */
export interface Components {
  mean: Float32Array
  /** [pixels, k], orthonormal columns, by falling variance. */
  directions: Float32Array
}

/** Σ (x − mean)(x − mean)ᵀ / N of the pixels, [d, d]. */
export async function covariance(set: ImageSet, mean: Float32Array, { kernels }: Backend, signal: AbortSignal) {
  const d = mean.length
  const sum = new Float64Array(d * d)
  for (let at = 0; at < set.count; at += batch) {
    const count = Math.min(batch, set.count - at)
    const part = centred(set, at, count, mean)
    const product = kernels.compute((tf) => {
      const x = tf.tensor2d(part, [count, d])
      return tf.matMul(x, x, true, false)
    })
    const values = product.dataSync()
    product.dispose()
    for (let i = 0; i < sum.length; i++) sum[i] += values[i]! / set.count
    await breathe(signal)
  }
  return sum
}

/** Principal components of the training images (frameworks.md §15, a). */
export async function fitComponents(
  set: ImageSet,
  k: number,
  backend: Backend,
  rng: Random,
  signal: AbortSignal,
): Promise<Components> {
  const mean = meanImage(set)
  const directions = await mainDirections(await covariance(set, mean, backend, signal), mean.length, k, rng, signal)
  return { mean, directions: Float32Array.from(directions) }
}

/** Coefficients of `count` images from `from` on, [count, k]. */
export function project(
  set: ImageSet,
  from: number,
  count: number,
  { mean, directions }: Components,
  { kernels }: Backend,
): Float32Array {
  const d = mean.length
  const part = centred(set, from, count, mean)
  const product = kernels.compute((tf) =>
    tf.matMul(tf.tensor2d(part, [count, d]), tf.tensor2d(directions, [d, directions.length / d])),
  )
  const values = product.dataSync() as Float32Array
  product.dispose()
  return values
}

export function meanImage({ images, count }: ImageSet): Float32Array {
  const d = images.length / count
  const sums = new Float64Array(d)
  for (let i = 0; i < images.length; i++) sums[i % d] += images[i]
  return Float32Array.from(sums, (sum) => sum / count / 255)
}

function centred({ images }: ImageSet, from: number, count: number, mean: Float32Array): Float32Array {
  const d = mean.length
  const values = new Float32Array(count * d)
  for (let i = 0; i < values.length; i++) values[i] = images[from * d + i] / 255 - mean[i % d]
  return values
}

/**
 * The k eigenvectors of a symmetric positive semidefinite matrix [d, d] with the largest eigenvalues, [d, k] (orthogonal
 * iteration: Golub & Van Loan, Matrix Computations, 8.2.4), from a seeded start.
 */
export async function mainDirections(
  matrix: Float64Array,
  d: number,
  k: number,
  rng: Random,
  signal: AbortSignal,
): Promise<Float64Array> {
  const count = Math.min(d, k + extra)
  let columns = Array.from({ length: count }, () => Float64Array.from({ length: d }, () => rng.normal()))
  orthonormalise(columns)
  for (let round = 0; round < rounds; round++) {
    columns = columns.map((column) => {
      const product = new Float64Array(d)
      for (let i = 0; i < d; i++) {
        let sum = 0
        for (let j = 0; j < d; j++) sum += matrix[i * d + j] * column[j]
        product[i] = sum
      }
      return product
    })
    orthonormalise(columns)
    await breathe(signal)
  }
  const directions = new Float64Array(d * k)
  for (let c = 0; c < k; c++) for (let i = 0; i < d; i++) directions[i * k + c] = columns[c]?.[i] ?? 0
  return directions
}

/** Gram-Schmidt, twice over, in place; a column that is left with nothing becomes 0. */
function orthonormalise(columns: readonly Float64Array[]): void {
  for (const [index, column] of columns.entries()) {
    for (let pass = 0; pass < 2; pass++) {
      for (const other of columns.slice(0, index)) {
        let dot = 0
        for (let i = 0; i < column.length; i++) dot += column[i] * other[i]
        for (let i = 0; i < column.length; i++) column[i] -= dot * other[i]
      }
    }
    const length = Math.hypot(...column)
    for (let i = 0; i < column.length; i++) column[i] = length > 1e-12 ? column[i] / length : 0
  }
}
