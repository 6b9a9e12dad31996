import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { PNG } from 'pngjs'
import { describe, expect, it, vi } from 'vitest'
import { CodedError } from '#common/errors.ts'
import type { ByteCodec } from '#common/wire/codec.ts'
import { decodeFeatures, encodeFeatures, mostPayloadBytes } from '#common/wire/codec.ts'
import { encodeJpeg } from '#common/wire/jpeg/encode.ts'
import { encodePng } from '#common/wire/png.ts'
import { tile, tilingOf } from '#common/wire/tiling.ts'
import { fileOf, frameOf } from '#common/wire/webp.ts'
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

describe('WebP', () => {
  const shape = [3, 21, 34]
  const [, height, width] = shape as [number, number, number]
  const image = Uint8Array.from({ length: 3 * height * width }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width]
    return 128 + 100 * Math.sin(x / 7 + c) * Math.cos(y / 5)
  })
  const codec = (quality: number): ByteCodec => ({ ...codecOf('webp', shape), quality })
  const sent = (quality: number) => encodeFeatures(image, codec(quality), compressors)
  const error = (back: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < image.length; i++) sum += (back[i]! - image[i]!) ** 2
    return Math.sqrt(sum / image.length)
  }

  it('comes back nearer to the image the more bytes it takes', () => {
    const qualities = [5, 50, 95]
    const lengths = qualities.map((quality) => sent(quality).length)
    const errors = qualities.map((quality) =>
      error(decodeFeatures(sent(quality), codec(quality), compressors) as Uint8Array),
    )
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    expect(errors).toEqual(errors.toSorted((a, b) => b - a))
    expect(errors.at(-1)).toBeLessThan(4)
    for (const quality of qualities) expect(sent(quality)).toEqual(sent(quality))
    expect(lengths.at(-1)).toBeLessThan(mostPayloadBytes(codec(95)))
  })

  it('is a frame whose file other decoders open: the headers that are not sent are those of RFC 9649', () => {
    const file = fileOf(sent(50), width, height)
    expect(
      Buffer.from(file.subarray(0, 16))
        .toString('latin1')
        .replace(/[^ -~]/g, '.'),
    ).toMatch(/^RIFF....WEBPVP8 $/)
    const view = new DataView(file.buffer)
    expect(view.getUint32(4, true)).toBe(file.length - 8)
    expect(file.length % 2).toBe(0)
    expect(frameOf(file)).toEqual(sent(50))
    expect(() => frameOf(Uint8Array.from(file, (byte, i) => (i === 15 ? 76 : byte)))).toThrow('lossy')
  })

  it('reads its WebAssembly where a board was told that it lies, and says so where it is damaged there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'splitbench-coders-'))
    try {
      vi.stubEnv('SPLITBENCH_CODERS', folder)
      const fresh = async () => {
        vi.resetModules()
        return (await import('../../src/system/compressors.ts')).compressors
      }
      writeFileSync(join(folder, 'webp_enc_simd.wasm'), 'no module')
      const damaged = await fresh()
      expect(() => encodeFeatures(image, codec(50), damaged)).toThrow(
        expect.objectContaining({
          code: 'device-unsupported',
          message: expect.stringMatching(/cannot run the WebP coder/),
        }),
      )
      copyFileSync(
        createRequire(import.meta.url).resolve('@jsquash/webp/codec/enc/webp_enc_simd.wasm'),
        join(folder, 'webp_enc_simd.wasm'),
      )
      expect(encodeFeatures(image, codec(50), await fresh())).toEqual(sent(50))
    } finally {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true })
    }
  })

  it('refuses what is no such frame', () => {
    const refused = (bytes: Uint8Array): void => {
      expect(() => decodeFeatures(bytes, codec(50), compressors)).toThrow(
        expect.objectContaining({ code: 'protocol-violated' }),
      )
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), refused), { numRuns: 30 })
    const frame = sent(50)
    refused(frame.subarray(0, 12))
    // Of another size: it would be another memory that is asked for.
    refused(Uint8Array.from(frame, (byte, i) => (i === 7 ? 0x3f : byte)))
    expect(() => decodeFeatures(frame, codec(50), {})).toThrow(expect.objectContaining({ code: 'device-unsupported' }))
    const grey = { ...codecOf('webp', [4, 5, 6]), quality: 50 }
    expect(() => encodeFeatures(new Uint8Array(120), grey, compressors)).toThrow('three channels')
  })
})
