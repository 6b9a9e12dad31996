import { CodedError } from '../../errors.ts'
import { inverse } from './dct.ts'
import { acTable, dcTable, huffmanCodes, quantisation, zigzag } from './tables.ts'

/** Symbols by `length · 2^16 + code`. */
const lookup = (table: typeof dcTable): Map<number, number> =>
  new Map([...huffmanCodes(table)].map(([symbol, { code, length }]) => [length * 65536 + code, symbol]))

const dcSymbols = lookup(dcTable)
const acSymbols = lookup(acTable)

const broken = (why: string): CodedError => new CodedError('protocol-violated', `A JPEG payload ${why}.`)

/**
 * The pixels of a grey JPEG that `encodeJpeg` wrote with this size and quality, with or without its tables. Throws
 * `protocol-violated` for anything else.
 */
export function decodeJpeg(bytes: Uint8Array, width: number, height: number, quality: number): Uint8Array<ArrayBuffer> {
  const scan = scanOf(bytes, width, height)
  const table = quantisation(quality)
  const pixels = new Uint8Array(width * height)
  const reader = new BitReader(bytes, scan)
  const coefficients = new Array<number>(64)
  let before = 0
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      coefficients.fill(0)
      before += reader.magnitude(reader.symbol(dcSymbols))
      coefficients[0] = before
      for (let k = 1; k < 64; k++) {
        const symbol = reader.symbol(acSymbols)
        if (symbol === 0) break
        k += symbol >> 4
        if (k > 63) throw broken('has more than 64 coefficients in a block')
        if ((symbol & 15) > 0) coefficients[zigzag[k]!] = reader.magnitude(symbol & 15)
      }
      const block = inverse(coefficients, table)
      for (let y = 0; y < Math.min(8, height - top); y++) {
        const row = block.subarray(y * 8, y * 8 + Math.min(8, width - left))
        pixels.set(row, (top + y) * width + left)
      }
    }
  }
  reader.end()
  return pixels
}

/** Where the entropy-coded bits begin; checks what stands before them. */
function scanOf(bytes: Uint8Array, width: number, height: number): number {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw broken('does not begin as one')
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break
    const marker = bytes[at + 1]!
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!
    if (marker === 0xc0) {
      const found = [bytes[at + 5]! * 256 + bytes[at + 6]!, bytes[at + 7]! * 256 + bytes[at + 8]!]
      if (found[0] !== height || found[1] !== width) throw broken(`is not of ${width} × ${height} pixels`)
    }
    at += 2 + length
    if (marker === 0xda) return at
  }
  throw broken('has no scan')
}

class BitReader {
  readonly #bytes: Uint8Array
  #at: number
  #held = 0
  #bits = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  #bit(): number {
    if (this.#bits === 0) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw broken('ends too early')
      if (byte === 0xff && this.#bytes[this.#at++] !== 0) throw broken('ends too early')
      this.#held = byte
      this.#bits = 8
    }
    this.#bits -= 1
    return (this.#held >> this.#bits) & 1
  }

  symbol(symbols: ReadonlyMap<number, number>): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = code * 2 + this.#bit()
      const symbol = symbols.get(length * 65536 + code)
      if (symbol !== undefined) return symbol
    }
    throw broken('has a code that no table knows')
  }

  magnitude(bits: number): number {
    let value = 0
    for (let i = 0; i < bits; i++) value = value * 2 + this.#bit()
    return bits > 0 && value < 2 ** (bits - 1) ? value - 2 ** bits + 1 : value
  }

  /** The scan is over: the end marker must follow. */
  end(): void {
    const marker = this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] === 0xd9
    if (!marker || this.#at + 2 !== this.#bytes.length) throw broken('does not end where its image does')
  }
}
