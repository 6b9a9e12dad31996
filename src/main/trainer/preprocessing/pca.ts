import type { Random } from '#common/random.ts'
import type { Backend } from '../backend/index.ts'
import { breathe } from '../data/breathe.ts'
import type { ImageSet } from '../data/imageSet.ts'

/** Images that are on the backend at once. */
const batch = 2_000
/** Directions beyond those asked for, and rounds: what is found then differs by rounding only. */
const extra = 8
const rounds = 30

/** Mean and main directions of images as vectors; brightness 0…1. */
export interface Components {
  mean: Float32Array
  /** [pixels, k], orthonormal columns, by falling variance. */
  directions: Float32Array
}

/** Σ (x − mean)(x − mean)ᵀ / N of the pixels, [d, d]. */
async function covariance(set: ImageSet, mean: Float32Array, { kernels }: Backend, signal: AbortSignal) {
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
  const d = mean.length
  const matrix = Float32Array.from(await covariance(set, mean, backend, signal))
  const multiply = (columns: readonly Float64Array[]): Float64Array[] => {
    const rows = Float32Array.from(columns.flatMap((column) => [...column]))
    // The matrix is symmetric: rows times it are columns behind it.
    const product = backend.kernels.compute((tf) =>
      tf.matMul(tf.tensor2d(rows, [columns.length, d]), tf.tensor2d(matrix, [d, d])),
    )
    const values = product.dataSync()
    product.dispose()
    return columns.map((_, c) => Float64Array.from(values.subarray(c * d, (c + 1) * d)))
  }
  const directions = await mainDirections(multiply, d, k, rng, signal)
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
 * The k eigenvectors of a symmetric positive semidefinite matrix with the largest eigenvalues, [d, k] (orthogonal iteration:
 * Golub & Van Loan, Matrix Computations, 8.2.4), from a seeded start. `multiply`: the matrix times columns of d numbers.
 */
export async function mainDirections(
  multiply: (columns: readonly Float64Array[]) => Float64Array[],
  d: number,
  k: number,
  rng: Random,
  signal: AbortSignal,
): Promise<Float64Array> {
  const count = Math.min(d, k + extra)
  let columns: Float64Array[] = Array.from({ length: count }, () =>
    Float64Array.from({ length: d }, () => rng.normal()),
  )
  orthonormalise(columns)
  for (let round = 0; round < rounds; round++) {
    columns = multiply(columns)
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
    const length = Math.sqrt(column.reduce((sum, value) => sum + value * value, 0))
    for (let i = 0; i < column.length; i++) column[i] = length > 1e-12 ? column[i] / length : 0
  }
}
