import { CodedError } from '../errors.ts'

/** Goes before every payload on the link, and is counted in "bytes on the wire", never in the payload. */
export interface FrameHeader {
  /** Counts the frames of one connection, 32 bits, wraps around. */
  frame: number
  /** Index of the partition point in the network's list, `input` = 0. */
  partition: number
  /** What `codecId(split)` says. */
  codec: number
  /** Bytes that follow. */
  length: number
}

export const frameHeaderBytes = 16

/** "SBF1" as the bytes on the wire: a peer that speaks something else, or another version, is recognised at once. */
const magic = 0x31464253

const layout = [
  { name: 'frame', at: 4, bits: 32 },
  { name: 'partition', at: 8, bits: 16 },
  { name: 'codec', at: 10, bits: 16 },
  { name: 'length', at: 12, bits: 32 },
] as const

/** 16 bytes, little endian. Throws an Error for a field that does not fit. */
export function encodeHeader(header: FrameHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frameHeaderBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  for (const { name, at, bits } of layout) {
    const value = header[name]
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
      throw new Error(`header field "${name}" cannot hold ${value}`)
    }
    if (bits === 32) view.setUint32(at, value, true)
    else view.setUint16(at, value, true)
  }
  return bytes
}

/** Reads the first 16 bytes; throws `protocol-violated` where they are missing or not a header. */
export function decodeHeader(bytes: Uint8Array): FrameHeader {
  if (bytes.length < frameHeaderBytes) {
    throw new CodedError('protocol-violated', `A frame of ${bytes.length} bytes is shorter than its header.`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderBytes)
  if (view.getUint32(0, true) !== magic) {
    throw new CodedError('protocol-violated', 'Received bytes that are not a frame of this protocol.')
  }
  return {
    frame: view.getUint32(4, true),
    partition: view.getUint16(8, true),
    codec: view.getUint16(10, true),
    length: view.getUint32(12, true),
  }
}
