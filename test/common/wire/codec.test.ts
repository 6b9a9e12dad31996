import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteCodec, Features } from '#common/wire/codec.ts'
import { codecId, decodeFeatures, encodeFeatures, payloadBytesOf } from '#common/wire/codec.ts'

const split = (
  type: ByteCodec['features']['type'],
  shape: number[],
  bits: number,
  packing: ByteCodec['packing'],
): ByteCodec => ({
  features: { type, shape, scale: null, offset: null },
  bits,
  packing,
})

const sized = (count: number) => ({ minLength: count, maxLength: count })
const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })
const encoded: fc.Arbitrary<{ codec: ByteCodec; features: Features }> = shape.chain((extents) => {
  const count = extents.reduce((product, extent) => product * extent, 1)
  const raw = fc.oneof(
    fc.float32Array(sized(count)).map((features) => ({ codec: split('float32', extents, 32, 'raw'), features })),
    fc.uint16Array(sized(count)).map((features) => ({ codec: split('uint16', extents, 16, 'raw'), features })),
    fc.uint8Array(sized(count)).map((features) => ({ codec: split('uint8', extents, 8, 'raw'), features })),
  )
  const dense = fc.integer({ min: 1, max: 16 }).chain((bits) =>
    fc.array(fc.nat(2 ** bits - 1), sized(count)).map((values) => {
      const type = bits <= 8 ? 'uint8' : 'uint16'
      const features = type === 'uint8' ? Uint8Array.from(values) : Uint16Array.from(values)
      return { codec: split(type, extents, bits, 'dense'), features }
    }),
  )
  return fc.oneof(raw as fc.Arbitrary<{ codec: ByteCodec; features: Features }>, dense)
})

describe('byte codec', () => {
  it('is lossless and of the announced length', () => {
    fc.assert(
      fc.property(encoded, ({ codec, features }) => {
        const payload = encodeFeatures(features, codec)
        expect(payload.length).toBe(payloadBytesOf(codec))
        expect(decodeFeatures(payload, codec)).toEqual(features)
      }),
    )
  })

  it('has these bytes', () => {
    expect([...encodeFeatures(Float32Array.of(1, -2), split('float32', [2], 32, 'raw'))]).toEqual([
      0, 0, 128, 63, 0, 0, 0, 192,
    ])
    expect([...encodeFeatures(Uint16Array.of(0x1234), split('uint16', [1, 1, 1], 16, 'raw'))]).toEqual([0x34, 0x12])
    expect([...encodeFeatures(Uint8Array.of(1, 2, 3), split('uint8', [3], 2, 'dense'))]).toEqual([0b111001])
  })

  it('unpacks few bits into the type of the split', () => {
    expect(decodeFeatures(Uint8Array.of(0b111001), split('uint16', [3], 2, 'dense'))).toEqual(Uint16Array.of(1, 2, 3))
  })

  it('names different codecs differently', () => {
    const ids = [
      split('float32', [1], 32, 'raw'),
      split('uint16', [1], 16, 'raw'),
      split('uint8', [1], 8, 'raw'),
      split('uint8', [1], 4, 'dense'),
      split('uint8', [1], 8, 'dense'),
    ].map(codecId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refuses features and payloads of another split', () => {
    const codec = split('uint8', [2, 2], 4, 'dense')
    expect(() => encodeFeatures(new Uint8Array(3), codec)).toThrow('the split sends 4')
    expect(() => encodeFeatures(new Float32Array(4), codec)).toThrow('Float32Array')
    expect(() => encodeFeatures(Uint8Array.of(16, 0, 0, 0), codec)).toThrow('more than 4 bits')
    expect(() => encodeFeatures(new Float32Array(1), split('float32', [1], 8, 'dense'))).toThrow('cannot be packed')
    expect(() => decodeFeatures(new Uint8Array(3), codec)).toThrow('this split sends 2')
  })
})
