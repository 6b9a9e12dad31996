import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import decoderOf from '@jsquash/webp/codec/dec/webp_dec.js'
import encoderOf from '@jsquash/webp/codec/enc/webp_enc_simd.js'
import { CodedError } from '#common/errors.ts'
import type { ImageCoder } from '#common/wire/compressor.ts'
import { fileOf, frameOf, notOne } from '#common/wire/webp.ts'

/** Google's libwebp as WebAssembly (@jsquash/webp), loaded when it is first needed and used synchronously. */

// TypeScript knows this global only together with a browser's.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: object }
}

interface Encoder {
  encode(rgba: Uint8Array, width: number, height: number, options: object): Uint8Array | null
}
interface Decoder {
  decode(file: Uint8Array): { data: Uint8ClampedArray; width: number; height: number } | null
}

/** What libwebp's cwebp takes unless told otherwise; one thread. */
const defaults = {
  ...{ target_size: 0, target_PSNR: 0, method: 4, sns_strength: 50, filter_strength: 60, filter_sharpness: 0 },
  ...{ filter_type: 1, partitions: 0, segments: 4, pass: 1, show_compressed: 0, preprocessing: 0, autofilter: 0 },
  ...{ partition_limit: 0, alpha_compression: 1, alpha_filtering: 1, alpha_quality: 100, lossless: 0, exact: 0 },
  ...{ image_hint: 0, emulate_jpeg_size: 0, thread_level: 0, low_memory: 0, near_lossless: 100 },
  ...{ use_delta_palette: 0, use_sharp_yuv: 0 },
}

let encoder: Encoder | undefined
let decoder: Decoder | undefined

export const webp: ImageCoder = {
  encode(rgba, { width, height, quality }) {
    encoder ??= load<Encoder>(encoderOf, '@jsquash/webp/codec/enc/webp_enc_simd.wasm')
    const file = encoder.encode(rgba, width, height, { ...defaults, quality })
    if (!file) throw new Error(`libwebp refuses an image of ${width} × ${height} pixels`)
    return frameOf(file)
  },
  decode(frame, { width, height }) {
    const file = fileOf(frame, width, height)
    decoder ??= load<Decoder>(decoderOf, '@jsquash/webp/codec/dec/webp_dec.wasm')
    const image = decoder.decode(file)
    if (image?.width !== width || image.height !== height) throw notOne(width, height)
    return image.data
  },
}

/** Compiles and starts a module at once; the functions that it offers are then properties of what its loader was given. */
function load<Functions>(loader: unknown, path: string): Functions {
  try {
    // Before the loader, which would keep a damaged module to itself.
    const compiled = new WebAssembly.Module(readFileSync(placeOf(path)))
    const module = {
      noInitialRun: true,
      instantiateWasm(imports: object, done: (instance: object) => void): object {
        const instance = new WebAssembly.Instance(compiled, imports)
        done(instance)
        return instance.exports
      },
    }
    ;(loader as (module: object) => unknown)(module)
    return module as Functions
  } catch (error) {
    throw new CodedError(
      'device-unsupported',
      `This device cannot run the WebP coder: ${(error as Error).message}.`,
      'Choose a candidate with another byte codec (jpeg is everywhere).',
    )
  }
}

/** Where a board was told that its coders lie; beside the program's bundle; elsewhere where npm put it. */
function placeOf(path: string): string {
  const folders = [process.env.SPLITBENCH_CODERS, dirname(fileURLToPath(import.meta.url))]
  const places = folders.flatMap((folder) => (folder === undefined ? [] : [join(folder, basename(path))]))
  return places.find((place) => existsSync(place)) ?? createRequire(import.meta.url).resolve(path)
}
