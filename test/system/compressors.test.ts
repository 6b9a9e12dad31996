import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { PNG } from 'pngjs'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import type { ByteCodec } from '#common/wire/codec.ts'
import { decodeFeatures, encodeFeatures, mostPayloadBytes } from '#common/wire/codec.ts'
import { encodeJpeg } from '#common/wire/jpeg/encode.ts'
import { encodePng } from '#common/wire/png.ts'
import { tile, tilingOf } from '#common/wire/tiling.ts'
import { decodeImage } from '../../src/main/trainer/data/folders/decode.ts'
import { compressors } from '../../src/system/compressors.ts'

const names = ['deflate', 'brotli', 'zstd', 'png'] as const
const codecOf = (compressor: ByteCodec['compressor'], shape: number[], bits = 8): ByteCodec => ({
  features: { type: 'uint8', shape, scale: 1, offset: 0 },
  bits,
  packing: bits < 8 ? 'dense' : 'raw',
  compressor,
})

describe("Node's compressors", () => {
  it.each(names)('%s gives back every tensor of codes', (name) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }), fc.nat(), (channels, side, seed) => {
        const codes = Uint8Array.from({ length: channels * side * side }, (_, i) =>
          (i * i + seed) % 7 > 3 ? 0 : (i * seed) % 256,
        )
        const codec = codecOf(name, [channels, side, side])
        const payload = encodeFeatures(codes, codec, compressors)
        expect(payload.length).toBeLessThanOrEqual(mostPayloadBytes(codec))
        expect(decodeFeatures(payload, codec, compressors)).toEqual(codes)
      }),
      { numRuns: 60 },
    )
  })

  it.each(names)('%s says what is wrong with bytes that it did not write', (name) => {
    const codec = codecOf(name, [4, 4, 4])
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeFeatures(bytes, codec, compressors)
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError)
          expect((error as CodedError).code).toBe('protocol-violated')
        }
      }),
    )
    // A bomb: a megabyte of zeros where 64 bytes belong.
    if (name === 'png') return
    const bomb = compressors[name]!.compress(new Uint8Array(2 ** 20))
    expect(() => decodeFeatures(bomb, codec, compressors)).toThrow(CodedError)
  })
})

describe('image payloads', () => {
  const shape = [7, 5, 6]
  const codes = Uint8Array.from({ length: 210 }, (_, i) => 127 + 120 * Math.sin(i / 3))
  const { width, height } = tilingOf(shape)
  const pixels = tile(codes, shape)

  it('PNG opens in another decoder with the same pixels', () => {
    const { data, ...size } = PNG.sync.read(Buffer.from(encodePng(pixels, width, height, compressors.zlib!)))
    expect(size).toMatchObject({ width, height })
    expect(Uint8Array.from({ length: pixels.length }, (_, i) => data[4 * i])).toEqual(pixels)
  })

  it('JPEG opens in another decoder, whose pixels are at most one level away', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jpeg-'))
    try {
      for (const quality of [5, 20, 50, 95, 100]) {
        const file = join(folder, 'tiles.jpg')
        writeFileSync(file, encodeJpeg(pixels, width, height, { quality, tables: true }))
        const theirs = await decodeImage(file)
        const codec = { ...codecOf('jpeg', shape), quality }
        const ours = tile(decodeFeatures(encodeFeatures(codes, codec), codec) as Uint8Array, shape)
        expect(theirs).toMatchObject({ width, height })
        let largest = 0
        for (let i = 0; i < pixels.length; i++) {
          // The empty cells of the grid are not features: ours come back as 0.
          const map = Math.floor(Math.floor(i / width) / 5) * 3 + Math.floor((i % width) / 6)
          if (map < 7) largest = Math.max(largest, Math.abs(theirs.data[4 * i] - ours[i]))
        }
        expect(largest).toBeLessThanOrEqual(1)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
