import { crc32 } from '../crc32.ts'
import { stuff, unstuff } from './stuffing.ts'

/**
 * What travels on a serial line. `number` counts the frames that one end has sent, resent ones anew: a line never
 * reorders, so a frame whose successor has arrived is lost, and no timer is needed to know it.
 */
export type LineFrame =
  | { kind: 'data'; session: number; number: number; offset: number; bytes: Uint8Array }
  /** `next`: every byte before it is there; `ranges` beyond it too; `seen`: number of the last frame that came through. */
  | { kind: 'ack'; session: number; number: number; seen: number; next: number; ranges: Range[] }
  /** `id`: drawn by each end when it starts; `peer`: the id it talks to, 0 where it knows none. */
  | { kind: 'hello'; number: number; id: number; peer: number; bytesPerSecond: number; answer: boolean }
  | { kind: 'bye'; session: number; number: number; answer: boolean }
  /** Asks for an ack: is somebody there? */
  | { kind: 'ping'; session: number; number: number }

/** A stretch of the byte stream, by offsets; the end is not in it. */
export interface Range {
  start: number
  end: number
}

const kinds = ['data', 'ack', 'hello', 'bye', 'ping'] as const
const version = 1
/** kind, session, number, length in front; CRC-32 behind. */
const headBytes = 11
const crcBytes = 4
/** Around the bytes of a data frame, stuffing (one in 254) apart. */
export const dataOverheadBytes = 2 + 1 + headBytes + 4 + crcBytes

export const maxDataBytes = 1024
/** An ack names at most so many ranges; what lies behind the last of them is not known to be lost. */
export const maxRanges = 32
/** Ranges are written relative to `next`: no more than this may be under way. */
export const maxWindowBytes = 0xffff

/** Longest piece between two zeros that can be a frame. */
export const maxPieceBytes = Math.ceil(((headBytes + 4 + maxDataBytes + crcBytes) * 255) / 254) + 1

/** The bytes on the line, boundaries included. */
export function encodeFrame(frame: LineFrame): Uint8Array<ArrayBuffer> {
  const payload = payloadOf(frame)
  const body = new Uint8Array(headBytes + payload.length + crcBytes)
  const view = new DataView(body.buffer)
  view.setUint8(0, kinds.indexOf(frame.kind) + 1)
  view.setUint32(1, frame.kind === 'hello' ? 0 : frame.session, true)
  view.setUint32(5, frame.number, true)
  view.setUint16(9, payload.length, true)
  body.set(payload, headBytes)
  view.setUint32(headBytes + payload.length, crc32(body.subarray(0, headBytes + payload.length)), true)
  return stuff(body)
}

/** The frame that lay between two zeros, or undefined for noise, text and frames of another version. */
export function decodeFrame(piece: Uint8Array): LineFrame | undefined {
  const body = unstuff(piece)
  if (!body || body.length < headBytes + crcBytes) return undefined
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const length = view.getUint16(9, true)
  if (headBytes + length + crcBytes !== body.length) return undefined
  if (view.getUint32(headBytes + length, true) !== crc32(body.subarray(0, headBytes + length))) return undefined
  const kind = kinds[view.getUint8(0) - 1]
  const payload = new DataView(body.buffer, body.byteOffset + headBytes, length)
  const base = { session: view.getUint32(1, true), number: view.getUint32(5, true) }
  return kind && readPayload(kind, base, payload)
}

function payloadOf(frame: LineFrame): Uint8Array {
  switch (frame.kind) {
    case 'data': {
      const payload = new Uint8Array(4 + frame.bytes.length)
      new DataView(payload.buffer).setUint32(0, frame.offset >>> 0, true)
      payload.set(frame.bytes, 4)
      return payload
    }
    case 'ack': {
      const payload = new Uint8Array(8 + 4 * frame.ranges.length)
      const view = new DataView(payload.buffer)
      view.setUint32(0, frame.seen >>> 0, true)
      view.setUint32(4, frame.next >>> 0, true)
      frame.ranges.forEach(({ start, end }, i) => {
        view.setUint16(8 + 4 * i, start - frame.next, true)
        view.setUint16(10 + 4 * i, end - frame.next, true)
      })
      return payload
    }
    case 'hello': {
      const payload = new Uint8Array(14)
      const view = new DataView(payload.buffer)
      view.setUint8(0, version)
      view.setUint32(1, frame.id, true)
      view.setUint32(5, frame.peer, true)
      view.setUint32(9, frame.bytesPerSecond, true)
      view.setUint8(13, frame.answer ? 1 : 0)
      return payload
    }
    case 'bye':
      return Uint8Array.of(frame.answer ? 1 : 0)
    case 'ping':
      return new Uint8Array(0)
  }
}

function readPayload(
  kind: LineFrame['kind'],
  base: { session: number; number: number },
  view: DataView,
): LineFrame | undefined {
  const length = view.byteLength
  switch (kind) {
    case 'data':
      if (length < 4) return undefined
      return {
        kind,
        ...base,
        offset: view.getUint32(0, true),
        bytes: new Uint8Array(view.buffer, view.byteOffset + 4, length - 4),
      }
    case 'ack': {
      if (length < 8 || length % 4 !== 0) return undefined
      const next = view.getUint32(4, true)
      const ranges: Range[] = []
      for (let at = 8; at < length; at += 4) {
        ranges.push({ start: next + view.getUint16(at, true), end: next + view.getUint16(at + 2, true) })
      }
      return { kind, ...base, seen: view.getUint32(0, true), next, ranges }
    }
    case 'hello':
      if (length !== 14 || view.getUint8(0) !== version) return undefined
      return {
        kind,
        number: base.number,
        id: view.getUint32(1, true),
        peer: view.getUint32(5, true),
        bytesPerSecond: view.getUint32(9, true),
        answer: view.getUint8(13) === 1,
      }
    case 'bye':
      return length === 1 ? { kind, ...base, answer: view.getUint8(0) === 1 } : undefined
    case 'ping':
      return length === 0 ? { kind, ...base } : undefined
  }
}

/** A 32-bit counter from the line as the full one that is nearest to `near`: both wrap around after four billions. */
export const unwrap = (wire: number, near: number): number => near + ((wire - near) | 0)
