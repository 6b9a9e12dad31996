import { CodedError } from '../errors.ts'
import type { Compressor } from './compressor.ts'
import { crc32 } from './crc32.ts'

/**
 * 8-bit grey PNG (RFC 2083) of one image, with the filter per row that leaves the smallest sum of absolute differences
 * (the heuristic of libpng). The deflate stream comes from outside.
 */
const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)
const chunkOverhead = 12

export function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  zlib: Compressor,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 8
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', zlib.compress(filtered(pixels, width, height))),
    chunk('IEND', new Uint8Array(0)),
  ]
  const out = new Uint8Array(signature.length + chunks.reduce((sum, one) => sum + one.length, 0))
  out.set(signature)
  let at = signature.length
  for (const one of chunks) {
    out.set(one, at)
    at += one.length
  }
  return out
}

/** The pixels of a PNG that `encodePng` wrote for this size. Throws `protocol-violated` for anything else. */
export function decodePng(bytes: Uint8Array, width: number, height: number, zlib: Compressor): Uint8Array<ArrayBuffer> {
  const parts = new Map<string, Uint8Array>()
  if (!signature.every((byte, i) => bytes[i] === byte)) throw broken('has no signature')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = signature.length; at < bytes.length; ) {
    if (at + chunkOverhead > bytes.length) throw broken('ends in the middle of a chunk')
    const length = view.getUint32(at)
    const end = at + chunkOverhead + length
    if (end > bytes.length) throw broken('ends in the middle of a chunk')
    const body = bytes.subarray(at + 4, end - 4)
    if (view.getUint32(end - 4) !== crc32(body)) throw broken('has a damaged chunk')
    parts.set(String.fromCharCode(...body.subarray(0, 4)), body.subarray(4))
    at = end
  }
  const header = parts.get('IHDR')
  const data = parts.get('IDAT')
  if (!header || !data || header.length !== 13) throw broken('lacks a part')
  const size = new DataView(header.buffer, header.byteOffset, header.length)
  if (size.getUint32(0) !== width || size.getUint32(4) !== height || header[8] !== 8 || header[9] !== 0) {
    throw broken('is of another size or kind')
  }
  return unfiltered(zlib.decompress(data, (width + 1) * height), width, height)
}

/** The five filters: the byte that is predicted from those to the left, above, and above to the left. */
const predictors: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const base = left + up - corner
    const [a, b, c] = [Math.abs(base - left), Math.abs(base - up), Math.abs(base - corner)]
    return a <= b && a <= c ? left : b <= c ? up : corner
  },
]

function filtered(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array((width + 1) * height)
  const row = new Uint8Array(width)
  for (let y = 0; y < height; y++) {
    let best = Number.POSITIVE_INFINITY
    for (const [kind, predict] of predictors.entries()) {
      let sum = 0
      for (let x = 0; x < width; x++) {
        row[x] = pixels[y * width + x]! - predict(...around(pixels, width, x, y))
        sum += row[x]! < 128 ? row[x]! : 256 - row[x]!
      }
      if (sum >= best) continue
      best = sum
      out[y * (width + 1)] = kind
      out.set(row, y * (width + 1) + 1)
    }
  }
  return out
}

function unfiltered(rows: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  if (rows.length !== (width + 1) * height) throw broken('has too few pixels')
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const predict = predictors[rows[y * (width + 1)]!]
    if (!predict) throw broken('has an unknown filter')
    for (let x = 0; x < width; x++) {
      pixels[y * width + x] = rows[y * (width + 1) + 1 + x]! + predict(...around(pixels, width, x, y))
    }
  }
  return pixels
}

function around(pixels: Uint8Array, width: number, x: number, y: number): [number, number, number] {
  const at = y * width + x
  return [x > 0 ? pixels[at - 1]! : 0, y > 0 ? pixels[at - width]! : 0, x > 0 && y > 0 ? pixels[at - width - 1]! : 0]
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + chunkOverhead)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i)
  bytes.set(data, 8)
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)))
  return bytes
}

const broken = (why: string): CodedError => new CodedError('protocol-violated', `A PNG payload ${why}.`)
