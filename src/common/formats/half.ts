/** IEEE 754 binary16 beside float32, without the Float16Array that older runtimes of a device do not have. */

const bits = new Uint32Array(1)
const number = new Float32Array(bits.buffer)

/** Nearest halves, ties to even; beyond 65504 infinite, NaN stays NaN. */
export const halvesOf = (numbers: Float32Array): Uint16Array<ArrayBuffer> => Uint16Array.from(numbers, halfOf)

/** Exact. */
export const numbersOf = (halves: Uint16Array): Float32Array<ArrayBuffer> => Float32Array.from(halves, numberOfHalf)

function halfOf(value: number): number {
  number[0] = value
  const word = bits[0]!
  const sign = (word >>> 16) & 0x8000
  const magnitude = word & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  // From 65520 on the nearest half is infinite.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24, and what is added here has them as its last place: the sum is rounded.
    bits[0] = magnitude
    number[0] = number[0]! + 0.5
    return sign | (bits[0]! - 0x3f000000)
  }
  const odd = (magnitude >>> 13) & 1
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13)
}

/** The number that 16 bits stand for. */
export function numberOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const fraction = half & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}
