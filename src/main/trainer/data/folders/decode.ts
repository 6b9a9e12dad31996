import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js'
import { PNG } from 'pngjs'
import { CodedError } from '#common/errors.ts'
import { unreadable } from '../../../../system/unreadable.ts'
import { imageHeader } from './header.ts'

export interface DecodedImage {
  width: number
  height: number
  /** [height, width, 4] RGBA uint8. */
  data: Uint8Array | Uint8ClampedArray
}

/** Larger images (in pixels) are refused before they are decoded: they would need gigabytes. */
const largestImage = 100_000_000

// TypeScript knows this global only together with a browser's.
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> }

let jpegReady: Promise<void> | undefined

/** The package finds its WebAssembly by URL, which works in a browser only: here it is read and compiled by hand. */
function prepareJpeg(): Promise<void> {
  jpegReady ??= (async () => {
    const file = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')
    await initJpeg(await WebAssembly.compile(readFileSync(file)))
  })()
  return jpegReady
}

/** Decodes a PNG or JPEG file. Throws `bad-data`, naming the file, when it is broken. */
export async function decodeImage(path: string): Promise<DecodedImage> {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
  const header = imageHeader(bytes)
  if (header === null) throw broken(path, bytes.length === 0 ? 'it is empty' : 'it is neither a PNG nor a JPEG')
  if (header.width * header.height > largestImage) {
    throw broken(path, `it has ${header.width} × ${header.height} pixels, more than 100 million`)
  }
  if (header.width === 0 || header.height === 0) throw broken(path, 'it has no pixels')
  try {
    if (header.format === 'png') return PNG.sync.read(bytes)
    // The decoder fills the rest of a truncated file with grey and does not complain.
    if (!endsAfter(header.offset, bytes)) throw new Error('it is truncated')
    await prepareJpeg()
    const { buffer, byteOffset, length } = bytes
    return await decodeJpeg((buffer as ArrayBuffer).slice(byteOffset, byteOffset + length))
  } catch (error) {
    throw broken(path, error instanceof Error ? error.message : String(error))
  }
}

/** Whether the end-of-image marker follows. */
const endsAfter = (offset: number, jpeg: Buffer): boolean => jpeg.lastIndexOf(Buffer.from([0xff, 0xd9])) > offset

const broken = (path: string, why: string): CodedError =>
  new CodedError('bad-data', `${path}: is no image that can be read: ${why}.`, 'Replace or remove the file.')
