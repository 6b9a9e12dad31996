import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertBounded } from '#common/contract/frameBounds.ts'
import { encodeMessage, MessageCutter, maxMessageBytes } from '#common/contract/frames.ts'

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    // MessagePack's integers have no negative zero.
    fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc
      .dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
      )
      .map((entries) => ({ ...entries })),
  ),
})).value

const join = (parts: Uint8Array[]): Uint8Array<ArrayBuffer> => Uint8Array.from(parts.flatMap((part) => [...part]))

describe('frames', () => {
  it('gives back every message, however the bytes were chunked', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), fc.infiniteStream(fc.nat({ max: 40 })), (sent, lengths) => {
        const bytes = join(sent.map(encodeMessage))
        const cutter = new MessageCutter()
        const received: unknown[] = []
        for (let at = 0; at < bytes.length; ) {
          const length = lengths.next().value
          cutter.push(bytes.subarray(at, at + length), (message) => received.push(message))
          at += length
        }
        expect(received).toEqual(sent)
      }),
      { numRuns: 300 },
    )
  })

  it('delivers what came before the first byte that is not ours, and recognises a banner by that byte', () => {
    const cutter = new MessageCutter()
    const received: unknown[] = []
    expect(() =>
      cutter.push(join([encodeMessage({ a: 1 }), new TextEncoder().encode('l')]), (message) => received.push(message)),
    ).toThrow(/not a message of this protocol/)
    expect(received).toEqual([{ a: 1 }])
  })

  it('refuses an announced length over the limit before anything is allocated', () => {
    const frame = new Uint8Array(8)
    new DataView(frame.buffer).setUint32(0, 0x53425250)
    new DataView(frame.buffer).setUint32(4, 0xffffffff)
    expect(() => new MessageCutter().push(frame, () => {})).toThrow(/4294967295 bytes, over the limit/)
    new DataView(frame.buffer).setUint32(4, 101)
    expect(() => new MessageCutter(100).push(frame, () => {})).toThrow(/101 bytes, over the limit/)
  })

  it('does not send what the receiver would refuse', () => {
    expect(() => encodeMessage(new Uint8Array(maxMessageBytes))).toThrow(/over the limit/)
  })

  it('holds decoded bytes apart from the stream', () => {
    const stream = encodeMessage({ data: Uint8Array.of(1, 2, 3) })
    const received: { data: Uint8Array }[] = []
    new MessageCutter().push(stream, (message) => received.push(message as { data: Uint8Array }))
    stream.fill(9)
    expect([...received[0]!.data]).toEqual([1, 2, 3])
  })
})

describe('the bounds of a body', () => {
  it('lets through whatever our encoder writes', () => {
    fc.assert(fc.property(values, (value) => assertBounded(encode(value))))
  })

  it.each([
    ['an array of 4 billion elements', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a map of 4 billion entries', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['nested arrays that share their bytes', Array.from({ length: 30 }, () => [0xdc, 0, 60]).flat()],
    ['a string that is not there', [0xdb, 0, 0, 1, 0, 65]],
    ['nothing', []],
    ['two values', [1, 2]],
    ['an extension', [0xd4, 1, 0]],
    ['100 nested arrays', [...Array(100).fill(0x91), 1]],
    ['half a length', [0xdd, 0]],
  ])('refuses %s', (_, body) => {
    expect(() => assertBounded(Uint8Array.from(body))).toThrow(/received a message/)
  })

  it('never lets a mutated message do more than throw', () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, where, byte) => {
        const bytes = encodeMessage({ kind: 'event', event: 'e', data: value })
        bytes[where % bytes.length] = byte
        try {
          new MessageCutter(10_000).push(bytes, () => {})
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
