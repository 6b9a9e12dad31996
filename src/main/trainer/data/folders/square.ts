import type { DecodedImage } from './decode.ts'

interface Taps {
  first: Int32Array
  /** weights[i] are the weights of source pixels first[i], first[i] + 1, … of output pixel i; they add up to 1. */
  weights: Float64Array[]
}

/**
 * The triangle filter of a resize from `from` to `to` pixels: bilinear interpolation when it grows, and when it shrinks
 * a triangle as wide as two output pixels, so that every source pixel counts (what Pillow calls BILINEAR).
 */
function taps(from: number, to: number): Taps {
  const scale = from / to
  const support = Math.max(1, scale)
  const first = new Int32Array(to)
  const weights: Float64Array[] = []
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale
    const low = Math.max(0, Math.floor(centre - support + 0.5))
    const high = Math.min(from, Math.floor(centre + support + 0.5))
    const row = new Float64Array(high - low)
    let sum = 0
    for (let j = low; j < high; j++) {
      row[j - low] = Math.max(0, 1 - Math.abs((j + 0.5 - centre) / support))
      sum += row[j - low]
    }
    for (let j = 0; j < row.length; j++) row[j] /= sum
    first[i] = low
    weights.push(row)
  }
  return { first, weights }
}

/**
 * Cuts the largest square out of the middle of an RGBA image, resizes it to `size` × `size` and writes it as
 * [size, size, 3] RGB uint8 at `at`. Transparency is dropped, as in torchvision's ImageFolder.
 */
export function writeSquare({ width, height, data }: DecodedImage, size: number, out: Uint8Array, at: number): void {
  const side = Math.min(width, height)
  const left = (width - side) >> 1
  const top = (height - side) >> 1
  const { first, weights } = taps(side, size)
  // Rows first (side rows of size pixels), then columns.
  const narrow = new Float64Array(side * size * 3)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < size; x++) {
      const row = weights[x]
      const from = ((top + y) * width + left + first[x]) * 4
      let [red, green, blue] = [0, 0, 0]
      for (let j = 0; j < row.length; j++) {
        red += row[j] * data[from + 4 * j]
        green += row[j] * data[from + 4 * j + 1]
        blue += row[j] * data[from + 4 * j + 2]
      }
      const to = (y * size + x) * 3
      narrow[to] = red
      narrow[to + 1] = green
      narrow[to + 2] = blue
    }
  }
  for (let y = 0; y < size; y++) {
    const column = weights[y]
    for (let i = 0; i < size * 3; i++) {
      let sum = 0
      for (let j = 0; j < column.length; j++) sum += column[j] * narrow[(first[y] + j) * size * 3 + i]
      out[at + y * size * 3 + i] = Math.round(sum)
    }
  }
}
