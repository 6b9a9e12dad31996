import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageReader, MessageWriter } from '#common/formats/onnx/protobuf.ts'

describe('protocol buffers', () => {
  it('has the bytes of the documentation', () => {
    // protobuf.dev/programming-guides/encoding: Test1 {a: 150}, Test2 {b: "testing"}, Test3 {c: {a: 150}}.
    expect([...new MessageWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01])
    expect([...new MessageWriter().text(2, 'testing').finish()]).toEqual([0x12, 0x07, ...Buffer.from('testing')])
    const inner = new MessageWriter().integer(1, 150)
    expect([...new MessageWriter().message(3, inner).finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01])
    expect([...new MessageWriter().float(2, 1).finish()]).toEqual([0x15, 0, 0, 0x80, 0x3f])
  })

  it('reads back what it wrote', () => {
    const field = fc.integer({ min: 1, max: 2000 })
    fc.assert(
      fc.property(field, fc.array(fc.maxSafeNat()), fc.array(fc.string()), (number, integers, texts) => {
        const writer = new MessageWriter()
        for (const value of integers) writer.integer(number, value)
        for (const value of texts) writer.message(number + 1, new MessageWriter().text(1, value))
        const reader = new MessageReader(writer.finish())
        expect(reader.integers(number)).toEqual(integers)
        expect(reader.messages(number + 1).map((one) => one.text(1))).toEqual(texts)
      }),
    )
  })

  it('reads packed integers', () => {
    const packed = Uint8Array.of(0x22, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05)
    expect(new MessageReader(packed).integers(4)).toEqual([3, 270, 86942])
  })

  it('reads or refuses any bytes, without hanging', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          new MessageReader(bytes)
        } catch (error) {
          expect((error as Error).message).toMatch(/protobuf/)
        }
      }),
    )
  })

  it('refuses numbers that it cannot write', () => {
    expect(() => new MessageWriter().integer(1, -1)).toThrow('-1')
    expect(() => new MessageWriter().integer(1, 0.5)).toThrow('0.5')
  })
})
