import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { codecId, decodeFeatures, encodeFeatures, mostPayloadBytes, payloadBytesOf } from '#common/wire/codec.ts'
import { decodeJpeg } from '#common/wire/jpeg/decode.ts'
import { encodeJpeg } from '#common/wire/jpeg/encode.ts'
import { tile, tilingOf, untile } from '#common/wire/tiling.ts'
import { goldenJpeg, goldens } from '../../fixtures/goldenBytes.ts'

const shape = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))

describe('maps as images', () => {
  it('lie in ⌈√C⌉ columns', () => {
    expect(tilingOf([5, 2, 3])).toEqual({ columns: 3, width: 9, height: 4 })
    expect(tilingOf([10])).toEqual({ columns: 4, width: 4, height: 3 })
    // Three maps of 1 × 2: the third begins the second row, the fourth cell is empty.
    expect([...tile(Uint8Array.of(1, 2, 3, 4, 5, 6), [3, 1, 2])]).toEqual([1, 2, 3, 4, 5, 6, 0, 0])
  })

  it('come back from their tiles', () => {
    fc.assert(
      fc.property(shape, fc.nat(), (extents, seed) => {
        const codes = Uint8Array.from({ length: extents[0] * extents[1] * extents[2] }, (_, i) => (i * 31 + seed) % 256)
        expect(untile(tile(codes, extents), extents)).toEqual(codes)
      }),
    )
  })
})

describe('JPEG', () => {
  it('is within its quantisation of the pixels, and finer at a higher quality', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 21 }), fc.integer({ min: 1, max: 21 }), fc.nat(), (width, height, seed) => {
        const pixels = Uint8Array.from({ length: width * height }, (_, i) => 128 + 100 * Math.sin(i / 7 + seed))
        const error = (quality: number, tables: boolean): number => {
          const decoded = decodeJpeg(encodeJpeg(pixels, width, height, { quality, tables }), width, height, quality)
          expect(decoded.length).toBe(pixels.length)
          return Math.max(...pixels.map((pixel, i) => Math.abs(pixel - decoded[i])))
        }
        // At quality 100 every step is 1: at most ½ per coefficient, 64 of them of weight up to ¼, plus rounding.
        expect(error(100, false)).toBeLessThanOrEqual(4)
        expect(error(100, true)).toBe(error(100, false))
        expect(error(5, false)).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 40 },
    )
  })

  it('reads any bytes without more harm than a coded error', () => {
    const whole = encodeJpeg(
      new Uint8Array(256).map((_, i) => (i * 97) % 256),
      16,
      16,
      { quality: 60, tables: false },
    )
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const damaged = whole.slice()
        damaged[at] = value
        try {
          expect(decodeJpeg(damaged, 16, 16, 60).length).toBe(256)
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError)
        }
      }),
    )
    expect(() => decodeJpeg(whole, 8, 32, 60)).toThrow('is not of 8 × 32 pixels')
    expect(() => decodeJpeg(whole.subarray(0, -9), 16, 16, 60)).toThrow('JPEG payload')
  })
})

describe('golden payloads', () => {
  it.each(goldens)('$name', ({ codec, codes, payload }) => {
    expect(encodeFeatures(codes, codec)).toEqual(payload)
    expect(decodeFeatures(payload, codec)).toEqual(codes)
    expect(payload.length).toBeLessThanOrEqual(mostPayloadBytes(codec))
  })

  it('JPEG, abbreviated', () => {
    const { codec, payload } = goldenJpeg
    expect(encodeFeatures(decodeFeatures(payload, codec), codec).length).toBeLessThan(2 * payload.length)
    const decoded = decodeFeatures(payload, codec)
    expect(decodeFeatures(payload, codec)).toEqual(decoded)
    expect(payloadBytesOf(codec)).toBeNull()
  })

  it('name their codec in the header, each otherwise', () => {
    const ids = [...goldens.map(({ codec }) => codecId(codec)), codecId(goldenJpeg.codec)]
    // The two range coders differ in bits that split.json tells.
    expect(new Set(ids).size).toBe(3)
    expect(ids.every((id) => id > 0 && id < 2 ** 16)).toBe(true)
  })

  it('say which compressor this machine lacks', () => {
    const codec = { ...goldens[1].codec, compressor: 'zstd' as const }
    expect(() => encodeFeatures(goldens[1].codes, codec, {})).toThrow('This device has no zstd')
  })
})
