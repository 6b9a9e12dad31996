import { forward } from './dct.ts'
import type { HuffmanTable } from './tables.ts'
import { acTable, dcTable, huffmanCodes, quantisation, zigzag } from './tables.ts'

/**
 * Baseline JPEG (ITU-T T.81) of a grey image, standard Huffman tables. `tables`: whether the stream carries its tables
 * ("interchange format", any viewer opens it), or leaves them out ("abbreviated format", §B.5: both ends know them once).
 */
export interface JpegOptions {
  quality: number
  tables: boolean
}

const dcCodes = huffmanCodes(dcTable)
const acCodes = huffmanCodes(acTable)
const endOfBlock = 0x00
const sixteenZeros = 0xf0

export function encodeJpeg(
  pixels: Uint8Array,
  width: number,
  height: number,
  { quality, tables }: JpegOptions,
): Uint8Array<ArrayBuffer> {
  const table = quantisation(quality)
  const out: number[] = [0xff, 0xd8]
  const segment = (marker: number, content: readonly number[]): void => {
    const length = content.length + 2
    out.push(0xff, marker, length >> 8, length & 255, ...content)
  }
  if (tables) {
    segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0])
    segment(0xdb, [0, ...zigzag.map((place) => table[place]!)])
  }
  segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0])
  if (tables) {
    const content = (kind: number, { counts, symbols }: HuffmanTable): number[] => [kind, ...counts, ...symbols]
    segment(0xc4, [...content(0x00, dcTable), ...content(0x10, acTable)])
  }
  segment(0xda, [1, 1, 0x00, 0, 63, 0])
  writeScan(out, pixels, width, height, table)
  out.push(0xff, 0xd9)
  return Uint8Array.from(out)
}

function writeScan(out: number[], pixels: Uint8Array, width: number, height: number, table: readonly number[]): void {
  let held = 0
  let heldBits = 0
  const put = (value: number, length: number): void => {
    for (let at = length - 1; at >= 0; at--) {
      held = held * 2 + ((value >> at) & 1)
      if (++heldBits < 8) continue
      out.push(held)
      if (held === 0xff) out.push(0)
      held = 0
      heldBits = 0
    }
  }
  const coded = (codes: typeof dcCodes, symbol: number): void => {
    const { code, length } = codes.get(symbol)!
    put(code, length)
  }
  const magnitude = (value: number, bits: number): void => put(value < 0 ? value + 2 ** bits - 1 : value, bits)
  const block = new Array<number>(64)
  let before = 0
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let at = 0; at < 64; at++) {
        // The last row and column go on beyond the edge.
        const [y, x] = [Math.min(top + (at >> 3), height - 1), Math.min(left + (at & 7), width - 1)]
        block[at] = pixels[y * width + x]! - 128
      }
      const coefficients = forward(block, table)
      const step = coefficients[0]! - before
      before = coefficients[0]!
      coded(dcCodes, bitsOf(step))
      magnitude(step, bitsOf(step))
      let zeros = 0
      for (let k = 1; k < 64; k++) {
        const value = coefficients[zigzag[k]!]!
        if (value === 0) {
          zeros += 1
          continue
        }
        for (; zeros > 15; zeros -= 16) coded(acCodes, sixteenZeros)
        coded(acCodes, zeros * 16 + bitsOf(value))
        magnitude(value, bitsOf(value))
        zeros = 0
      }
      if (zeros > 0) coded(acCodes, endOfBlock)
    }
  }
  if (heldBits > 0) put(2 ** (8 - heldBits) - 1, 8 - heldBits)
}

/** Bits of |value|; 0 for 0. */
const bitsOf = (value: number): number => 32 - Math.clz32(Math.abs(value))
