import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerBytes, decodeAnswer, encodeAnswer } from '#common/wire/answer.ts'
import type { FrameHeader } from '#common/wire/header.ts'
import { encodeFrame, FrameCutter } from '#common/wire/message.ts'

const frames = fc.array(
  fc.record({
    frame: fc.nat({ max: 0xffff_ffff }),
    partition: fc.nat({ max: 0xffff }),
    codec: fc.nat({ max: 0xffff }),
    payload: fc.uint8Array({ maxLength: 60 }),
  }),
  { maxLength: 8 },
)

describe('frames of the data link', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(({ payload, ...header }) => encodeFrame(header, payload)))
        const cutter = new FrameCutter(60)
        const got: unknown[] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = cuts[i % cuts.length]!
          cutter.push(bytes.subarray(at, at + length), ({ length: announced, ...header }: FrameHeader, payload) => {
            expect(payload).toHaveLength(announced)
            got.push({ ...header, payload: [...payload] })
          })
          at += length
        }
        expect(got).toEqual(sent.map((one) => ({ ...one, payload: [...one.payload] })))
      }),
    )
  })

  it('are the 16 bytes of the header and the payload', () => {
    const bytes = encodeFrame({ frame: 1, partition: 2, codec: 3 }, Uint8Array.of(9, 8))
    expect([...bytes]).toEqual([0x53, 0x42, 0x46, 0x31, 1, 0, 0, 0, 2, 0, 3, 0, 2, 0, 0, 0, 9, 8])
  })

  it('are refused where they announce too much, or are none', () => {
    const huge = encodeFrame({ frame: 0, partition: 0, codec: 0 }, new Uint8Array(61))
    expect(() => new FrameCutter(60).push(huge.subarray(0, 16), () => {})).toThrow(/announces 61 bytes/)
    expect(() => new FrameCutter(60).push(Buffer.from('Last login: Mon Nov'), () => {})).toThrow(/not a frame/)
  })
})

describe('answers', () => {
  it('carry logits and the time of the server', () => {
    const answer = { logits: Float32Array.of(1.5, -2, 1e-30), serverMs: 0.125 }
    const bytes = encodeAnswer(answer)
    expect(bytes).toHaveLength(answerBytes(3))
    expect(decodeAnswer(bytes, 3)).toEqual(answer)
  })

  it.each([
    ['another number of classes', encodeAnswer({ logits: new Float32Array(4), serverMs: 1 })],
    ['no numbers', encodeAnswer({ logits: Float32Array.of(1, Number.NaN, 1), serverMs: 1 })],
    ['a negative time', encodeAnswer({ logits: new Float32Array(3), serverMs: -1 })],
    ['an endless time', encodeAnswer({ logits: new Float32Array(3), serverMs: Number.POSITIVE_INFINITY })],
  ])('with %s are refused', (_, bytes) => {
    expect(() => decodeAnswer(bytes, 3)).toThrow(expect.objectContaining({ code: 'protocol-violated' }))
  })
})
