import type { ProductLayout } from '#common/lookup/layout.ts'
import { channelsOf, weightAt } from '#common/lookup/layout.ts'

/**
 * What the squared response error (1/N) Σ_n ‖T_n − Wᵀ S_n‖² of a layer depends on. A row is one input of the layer at one
 * position of the kernel; rows are ordered by subspace, then position, then channel.
 */
export interface Responses {
  rows: number
  outputs: number
  samples: number
  /** Σ S Sᵀ [rows, rows] of the inputs as the quantised layers below give them. */
  inputs: Float64Array
  /** Σ S Tᵀ [rows, outputs] with the responses of the original network. */
  targets: Float64Array
  /** Σ ‖T‖² */
  energy: number
}

/** Row of one channel of a subspace at one position. */
export const rowOf = (layout: ProductLayout, subspace: number, tap: number, channel: number): number =>
  layout.taps * layout.size * subspace + tap * channelsOf(layout, subspace) + channel

/** The weights as a matrix [rows, outputs]. */
export function matrixOf(layout: ProductLayout, weights: Float32Array): Float64Array {
  const { taps, size, subspaces, inputs, outputs } = layout
  const matrix = new Float64Array(inputs * taps * outputs)
  for (let m = 0; m < subspaces; m++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < channelsOf(layout, m); c++) {
        const row = rowOf(layout, m, tap, c)
        for (let output = 0; output < outputs; output++) {
          matrix[row * outputs + output] = weights[weightAt(layout, output, m * size + c, tap)]
        }
      }
    }
  }
  return matrix
}

const together = 4

/**
 * Collects samples: `quantised` and `original` are inputs [samples, rows] of the same images and positions below the layer
 * in the two networks, `matrix` its original weights. Biases cancel.
 */
export function collectResponses(
  quantised: Float32Array,
  original: Float32Array,
  matrix: Float64Array,
  { rows, outputs }: { rows: number; outputs: number },
): Responses {
  const samples = quantised.length / rows
  const inputs = new Float64Array(rows * rows)
  const targets = new Float64Array(rows * outputs)
  let energy = 0
  const response = new Float64Array(outputs)
  for (let n = 0; n < samples; n++) {
    response.fill(0)
    for (let row = 0; row < rows; row++) {
      const value = original[n * rows + row]
      if (value === 0) continue
      for (let output = 0; output < outputs; output++) response[output] += value * matrix[row * outputs + output]
    }
    for (const value of response) energy += value * value
    for (let row = 0; row < rows; row++) {
      const value = quantised[n * rows + row]
      if (value === 0) continue
      for (let output = 0; output < outputs; output++) targets[row * outputs + output] += value * response[output]
    }
  }
  // Four samples at a time: a sum is loaded and stored once for all of them.
  const none = new Float32Array(rows)
  for (let n = 0; n < samples; n += together) {
    const [a, b, c, d] = Array.from({ length: together }, (_, i) =>
      n + i < samples ? quantised.subarray((n + i) * rows, (n + i + 1) * rows) : none,
    ) as [Float32Array, Float32Array, Float32Array, Float32Array]
    for (let i = 0; i < rows; i++) {
      const [p, q, r, s] = [a[i], b[i], c[i], d[i]]
      if (p === 0 && q === 0 && r === 0 && s === 0) continue
      for (let j = i, at = i * rows + i; j < rows; j++, at++) inputs[at] += p * a[j] + q * b[j] + r * c[j] + s * d[j]
    }
  }
  for (let i = 0; i < rows; i++) for (let j = 0; j < i; j++) inputs[i * rows + j] = inputs[j * rows + i]
  return { rows, outputs, samples, inputs, targets, energy }
}

/** Mean squared error of the responses of other weights [rows, outputs], as a share of the responses' own mean square. */
export function responseError({ rows, outputs, inputs, targets, energy }: Responses, matrix: Float64Array): number {
  let error = energy
  const product = new Float64Array(outputs)
  for (let i = 0; i < rows; i++) {
    product.fill(0)
    for (let j = 0; j < rows; j++) {
      const weight = inputs[i * rows + j]
      for (let output = 0; output < outputs; output++) product[output] += weight * matrix[j * outputs + output]
    }
    for (let output = 0; output < outputs; output++) {
      error += matrix[i * outputs + output] * (product[output] - 2 * targets[i * outputs + output])
    }
  }
  return Math.max(0, error) / (energy || 1)
}
