import { CodedError } from '../errors.ts'

/**
 * A WebP image of one lossy frame (RFC 9649): RIFF and chunk headers of 20 bytes, which both ends can write themselves, and
 * a VP8 key frame (RFC 6386), which alone is sent.
 */
const containerBytes = 20
/** Frame tag, start code, width and height. */
const frameHeaderBytes = 10
const startCode = [0x9d, 0x01, 0x2a] as const
const format = { riff: 'RIFF', webp: 'WEBPVP8 ' } as const

const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length))

/** The VP8 frame of a WebP file. Throws an Error for a file of another form (lossless, with transparency, animated). */
export function frameOf(file: Uint8Array): Uint8Array<ArrayBuffer> {
  if (text(file, 0, 4) !== format.riff || text(file, 8, 8) !== format.webp) {
    throw new Error('not a WebP file of one lossy frame')
  }
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getUint32(16, true)
  return file.slice(containerBytes, containerBytes + length) as Uint8Array<ArrayBuffer>
}

/** The file around a frame. Throws `protocol-violated` where the frame is not one of an image of this size. */
export function fileOf(frame: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const side = (at: number): number => view.getUint16(at, true) & 0x3fff
  const isOne =
    frame.length > frameHeaderBytes &&
    startCode.every((byte, i) => frame[3 + i] === byte) &&
    side(6) === width &&
    side(8) === height
  if (!isOne) throw notOne(width, height)
  const padded = frame.length + (frame.length % 2)
  const file = new Uint8Array(containerBytes + padded)
  const into = new DataView(file.buffer)
  for (const [at, letters] of [[0, format.riff] as const, [8, format.webp] as const]) {
    for (let i = 0; i < letters.length; i++) file[at + i] = letters.charCodeAt(i)
  }
  into.setUint32(4, file.length - 8, true)
  into.setUint32(16, frame.length, true)
  file.set(frame, containerBytes)
  return file
}

export const notOne = (width: number, height: number): CodedError =>
  new CodedError('protocol-violated', `A payload is not a WebP frame of ${width} × ${height} pixels.`)

/** RGB [3, H, W] → RGBA pixels, opaque. Throws an Error for another number of channels. */
export function toPixels(image: Uint8Array, [channels, height = 1, width = 1]: readonly number[]): Uint8Array {
  if (channels !== 3) throw new Error('only an image of three channels becomes a WebP')
  const area = height * width
  const pixels = new Uint8Array(4 * area).fill(255)
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) pixels[4 * i + c] = image[c * area + i]!
  return pixels
}

/** Back to RGB [3, H, W]. */
export function fromPixels(pixels: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const area = pixels.length / 4
  const image = new Uint8Array(3 * area)
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) image[c * area + i] = pixels[4 * i + c]!
  return image
}
