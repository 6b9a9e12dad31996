import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '#common/wire/crc32.ts'
import type { LineFrame } from '#common/wire/line/frame.ts'
import { decodeFrame, encodeFrame, maxDataBytes, maxPieceBytes, unwrap } from '#common/wire/line/frame.ts'
import { PieceCutter, stuff, unstuff } from '#common/wire/line/stuffing.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const u32 = fc.nat(0xffffffff)
const anyFrame: fc.Arbitrary<LineFrame> = fc.oneof(
  fc.record({ kind: fc.constant('data' as const), session: u32, number: u32, offset: u32, bytes: bytes(maxDataBytes) }),
  fc.record({ kind: fc.constant('ping' as const), session: u32, number: u32 }),
  fc.record({ kind: fc.constant('bye' as const), session: u32, number: u32, answer: fc.boolean() }),
  fc.record({
    kind: fc.constant('hello' as const),
    number: u32,
    id: u32,
    peer: u32,
    bytesPerSecond: u32,
    answer: fc.boolean(),
  }),
)

const pieces = (line: Uint8Array): Uint8Array[] => {
  const found: Uint8Array[] = []
  new PieceCutter(maxPieceBytes).push(line, (piece) => found.push(piece))
  return found
}

describe('CRC-32', () => {
  it('is that of zlib', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
    fc.assert(
      fc.property(bytes(300), (data) => {
        expect(crc32(data)).toBe(zlibCrc32(data))
      }),
    )
  })
})

describe('byte stuffing', () => {
  it('has these bytes', () => {
    expect([...stuff(Uint8Array.of())]).toEqual([0, 1, 0])
    expect([...stuff(Uint8Array.of(0))]).toEqual([0, 1, 1, 0])
    expect([...stuff(Uint8Array.of(0x11, 0x22, 0, 0x33))]).toEqual([0, 3, 0x11, 0x22, 2, 0x33, 0])
  })

  it('leaves no zero inside and is undone, at any length', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes(1100),
          bytes(20),
          fc.nat(800).map((n) => new Uint8Array(n).fill(7)),
        ),
        (body) => {
          const line = stuff(body)
          expect([line[0], line.at(-1)]).toEqual([0, 0])
          expect(line.subarray(1, -1)).not.toContain(0)
          expect(unstuff(line.subarray(1, -1))).toEqual(body)
          expect(line.length).toBeLessThanOrEqual(body.length + Math.floor(body.length / 254) + 3)
        },
      ),
    )
  })
})

describe('a frame on a serial line', () => {
  it('comes out as it went in, however the line cuts it', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(100), (frame, cut) => {
        const line = encodeFrame(frame)
        const cutter = new PieceCutter(maxPieceBytes)
        const found: (LineFrame | undefined)[] = []
        for (const part of [line.subarray(0, cut), line.subarray(cut)]) {
          cutter.push(part, (piece) => found.push(decodeFrame(piece)))
        }
        expect(found).toEqual([frame])
      }),
    )
  })

  it('keeps its ranges', () => {
    const ack: LineFrame = {
      kind: 'ack',
      session: 5,
      number: 9,
      seen: 77,
      next: 1000,
      ranges: [
        { start: 1024, end: 2048 },
        { start: 3000, end: 60_000 },
      ],
    }
    expect(decodeFrame(pieces(encodeFrame(ack))[0]!)).toEqual(ack)
  })

  it('with any bits flipped is no frame, and neither is anything else', () => {
    fc.assert(
      fc.property(anyFrame, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), (frame, flips) => {
        const line = encodeFrame(frame)
        const inside = (line.length - 2) * 8
        const bits = new Set(flips.map((flip) => flip % inside))
        for (const bit of bits) line[1 + (bit >> 3)]! ^= 1 << (bit & 7)
        for (const piece of pieces(line)) expect(decodeFrame(piece)).toBeUndefined()
      }),
    )
    fc.assert(
      fc.property(bytes(200), (data) => {
        expect(decodeFrame(data.filter((byte) => byte !== 0))).toBeUndefined()
      }),
    )
  })

  it('counts on past 32 bits', () => {
    expect(unwrap(5, 0xffff_fff0)).toBe(0x1_0000_0005)
    expect(unwrap(0xffff_fff0, 0x1_0000_0005)).toBe(0xffff_fff0)
    expect(unwrap(3, 7)).toBe(3)
  })
})
