/**
 * The 8 × 8 cosine transform in whole numbers: a matrix of 13 fractional bits, exact sums (below 2^53), and one rounding
 * at the end, so that every machine computes the same.
 */
const fraction = 13
const scale = 2 ** (2 * fraction)

/** [frequency · 8 + place]: ½·c(u)·cos((2x + 1)uπ/16), c(0) = 1/√2. */
const matrix = Array.from({ length: 64 }, (_, at) => {
  const [u, x] = [at >> 3, at & 7]
  return Math.round(2 ** fraction * 0.5 * (u === 0 ? Math.SQRT1_2 : Math.cos(((2 * x + 1) * u * Math.PI) / 16)))
})

/** Coefficients of a block of levels −128…127, divided by the table and rounded; row by row. */
export function forward(block: ArrayLike<number>, table: readonly number[]): number[] {
  const rows = new Array<number>(64)
  for (let y = 0; y < 8; y++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0
      for (let x = 0; x < 8; x++) sum += matrix[u * 8 + x]! * block[y * 8 + x]!
      rows[y * 8 + u] = sum
    }
  }
  const out = new Array<number>(64)
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0
      for (let y = 0; y < 8; y++) sum += matrix[v * 8 + y]! * rows[y * 8 + u]!
      out[v * 8 + u] = Math.round(sum / (scale * table[v * 8 + u]!))
    }
  }
  return out
}

/** Pixels 0…255 from coefficients as `forward` gives them. */
export function inverse(coefficients: readonly number[], table: readonly number[]): Uint8Array {
  const columns = new Array<number>(64)
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let u = 0; u < 8; u++) sum += matrix[u * 8 + x]! * coefficients[v * 8 + u]! * table[v * 8 + u]!
      columns[v * 8 + x] = sum
    }
  }
  const pixels = new Uint8Array(64)
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let v = 0; v < 8; v++) sum += matrix[v * 8 + y]! * columns[v * 8 + x]!
      pixels[y * 8 + x] = Math.min(255, Math.max(0, Math.round(sum / scale) + 128))
    }
  }
  return pixels
}
