import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFeatures, encodeFeatures } from '#common/wire/codec.ts'
import { fromPlanes, planesOf, toPlanes } from '#common/wire/colour.ts'

const size = fc.tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 13 }))

describe('colour planes', () => {
  it('are luma above two chroma planes of half its size', () => {
    expect(planesOf([3, 32, 32])).toEqual({ width: 32, height: 48, half: { width: 16, height: 16 } })
    expect(planesOf([3, 3, 5])).toEqual({ width: 6, height: 5, half: { width: 3, height: 2 } })
    expect(() => planesOf([4, 2, 2])).toThrow(/three channels/)
  })

  it('have the values of ITU-T T.871', () => {
    // Red: Y 76.245, Cb 84.97, Cr 255.5 (255); green: 149.685, 43.53, 21.23; blue: 29.07, 255.5 (255), 107.27.
    for (const [rgb, ycc] of [
      [
        [255, 0, 0],
        [76, 85, 255],
      ],
      [
        [0, 255, 0],
        [150, 44, 21],
      ],
      [
        [0, 0, 255],
        [29, 255, 107],
      ],
      [
        [90, 90, 90],
        [90, 128, 128],
      ],
    ] as const) {
      const pixels = toPlanes(Uint8Array.from(rgb), [3, 1, 1])
      expect([pixels[0], pixels[2], pixels[3]], String(rgb)).toEqual(ycc)
    }
  })

  it('give an image back whose squares have one colour, but for rounding', () => {
    fc.assert(
      fc.property(size, fc.array(fc.nat(255), { minLength: 3, maxLength: 3 }), ([height, width], colour) => {
        const image = Uint8Array.from(
          { length: 3 * height * width },
          (_, i) => colour[Math.floor(i / (height * width))]!,
        )
        const back = fromPlanes(toPlanes(image, [3, height, width]), [3, height, width])
        for (const [i, value] of image.entries()) expect(Math.abs(back[i]! - value)).toBeLessThanOrEqual(2)
      }),
    )
  })

  it('go through JPEG as one small stream: fewer bytes than the three channels side by side', () => {
    const features = { type: 'uint8' as const, shape: [3, 32, 32], scale: null, offset: null }
    const image = Uint8Array.from({ length: 3072 }, (_, i) => {
      const [channel, y, x] = [Math.floor(i / 1024), Math.floor(i / 32) % 32, i % 32]
      return 128 + 80 * Math.sin(x / 5 + channel / 4) * Math.cos(y / 7)
    })
    const codec = { features, bits: 8, packing: 'raw' as const, compressor: 'jpeg' as const, quality: 50 }
    const payload = encodeFeatures(image, { ...codec, tiling: 'colour' })
    expect(payload.length).toBeLessThan(encodeFeatures(image, { ...codec, tiling: 'grid' }).length)
    const back = decodeFeatures(payload, { ...codec, tiling: 'colour' })
    expect(back.length).toBe(3072)
    const error = image.reduce((sum, value, i) => sum + Math.abs(value - back[i]!), 0) / 3072
    expect(error).toBeLessThan(6)
  })
})
