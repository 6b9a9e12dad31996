/** ITU-T T.81 Annex K: the luminance tables that nearly every JPEG has, and the zigzag order. */
// biome-ignore format: an 8 × 8 table
const luminance = [
  16, 11, 10, 16, 24, 40, 51, 61,
  12, 12, 14, 19, 26, 58, 60, 55,
  14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77,
  24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
]

/** The table for a quality 1…100 by the rule of the Independent JPEG Group, row by row. */
export function quantisation(quality: number): number[] {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality
  return luminance.map((value) => Math.min(255, Math.max(1, Math.floor((value * percent + 50) / 100))))
}

/** Position in the block of the k-th coefficient of the zigzag. */
export const zigzag: readonly number[] = (() => {
  const order: number[] = []
  for (let sum = 0; sum < 15; sum++) {
    const diagonal: number[] = []
    for (let row = Math.max(0, sum - 7); row <= Math.min(7, sum); row++) diagonal.push(row * 8 + sum - row)
    order.push(...(sum % 2 === 0 ? diagonal.reverse() : diagonal))
  }
  return order
})()

export interface HuffmanTable {
  /** How many codes of 1…16 bits there are. */
  counts: readonly number[]
  symbols: readonly number[]
}

export const dcTable: HuffmanTable = {
  counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
  symbols: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
}

/** Table K.5, its symbols (run of zeros · 16 + bits) in hexadecimal. */
export const acTable: HuffmanTable = {
  counts: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
  symbols: (
    '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738' +
    '393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5' +
    'a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa'
  )
    .match(/../g)!
    .map((pair) => Number.parseInt(pair, 16)),
}

/** Code and length of every symbol (T.81 Annex C). */
export function huffmanCodes({ counts, symbols }: HuffmanTable): Map<number, { code: number; length: number }> {
  const codes = new Map<number, { code: number; length: number }>()
  let code = 0
  let at = 0
  for (const [index, count] of counts.entries()) {
    for (let i = 0; i < count; i++) codes.set(symbols[at++]!, { code: code++, length: index + 1 })
    code *= 2
  }
  return codes
}
