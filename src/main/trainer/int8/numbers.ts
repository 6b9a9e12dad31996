/** Numbers as whole ones: what stands in an int8 file, without anything of networks or files. */

/** From the least to the largest value that counts. */
export interface Range {
  low: number
  high: number
}

/** value = (code − zero) · scale, codes uint8. */
export interface Scale {
  scale: number
  zero: number
}

const levels = 255

/** The codes of a range, which is widened to hold 0: padding must be exact. A tensor that never varies gets scale 1. */
export function scaleOf({ low, high }: Range): Scale {
  const [from, to] = [Math.min(0, low), Math.max(0, high)]
  const scale = Math.fround((to - from) / levels)
  if (!(scale > 0)) return { scale: 1, zero: 0 }
  return { scale, zero: Math.min(levels, Math.round(Math.abs(from) / scale)) }
}

/**
 * Weights are held to ±64, a quarter of a byte less than they could be: x64 processors without VNNI add two products of a
 * uint8 and an int8 in 16 bits that saturate, and 2 · 255 · 64 is the most that fits. So every processor gets the same sums.
 */
export const mostWeight = 64
/** Of a bias, so that sums with it stay inside 32 bits. */
const mostBias = 2 ** 30
/** A row of nothing but zeros, or of what float32 cannot scale, is zeros of any step. */
const leastStep = 2 ** -100

export interface IntegerWeights {
  weights: Int8Array
  /** Of one weight's unit, per row. */
  scales: Float32Array
  /** In units of the input's scale times the row's. */
  bias: Int32Array | undefined
}

/**
 * Symmetric per row (output channel): w ≈ q · scale with |q| ≤ 64, largest weight at the end; bias in 32 bits in the unit of
 * the sums. `weights`: [rows, …] float32; `inputScale`: of the codes that the weights are multiplied with. A row whose bias
 * would not fit gets a coarser scale.
 */
export function integerWeights(
  weights: Float32Array,
  bias: Float32Array | undefined,
  rows: number,
  inputScale: number,
): IntegerWeights {
  const length = weights.length / rows
  const scales = Float32Array.from({ length: rows }, (_, row) => {
    let largest = 0
    for (let i = row * length; i < (row + 1) * length; i++) largest = Math.max(largest, Math.abs(weights[i]!))
    const forBias = Math.abs(bias?.[row] ?? 0) / (inputScale * mostBias)
    const step = Math.max(largest / mostWeight, forBias)
    return step > leastStep ? step : 1
  })
  const clamped = (value: number): number => Math.max(-mostWeight, Math.min(mostWeight, Math.round(value)))
  return {
    weights: Int8Array.from(weights, (one, index) => clamped(one / scales[Math.floor(index / length)]!)),
    scales,
    bias: bias && Int32Array.from(bias, (one, row) => Math.round(one / biasUnit(inputScale, scales[row]!))),
  }
}

/** As the operators compute it, in float32. */
export const biasUnit = (inputScale: number, weightScale: number): number => Math.fround(inputScale * weightScale)
