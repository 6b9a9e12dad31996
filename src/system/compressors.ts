import * as zlib from 'node:zlib'
import { CodedError } from '#common/errors.ts'
import type { Compressor, Compressors } from '#common/wire/compressor.ts'
import { webp } from './webp.ts'

/** Node's own compressors behind the interface of the wire; each at its strongest setting: payloads are a few kilobytes. */
const stream = (
  name: string,
  compress: (bytes: Uint8Array) => Uint8Array,
  decompress: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array,
): Compressor => ({
  compress,
  decompress(bytes, most) {
    try {
      return decompress(bytes, { maxOutputLength: Math.max(1, most) })
    } catch (error) {
      throw new CodedError(
        'protocol-violated',
        `A payload is not a ${name} stream of this split: ${(error as Error).message}.`,
      )
    }
  },
})

const level = { level: zlib.constants.Z_BEST_COMPRESSION }

export const compressors: Compressors = {
  deflate: stream('deflate', (bytes) => zlib.deflateRawSync(bytes, level), zlib.inflateRawSync),
  zlib: stream('zlib', (bytes) => zlib.deflateSync(bytes, level), zlib.inflateSync),
  brotli: stream(
    'brotli',
    (bytes) =>
      zlib.brotliCompressSync(bytes, {
        params: {
          [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
          [zlib.constants.BROTLI_PARAM_LGWIN]: zlib.constants.BROTLI_MIN_WINDOW_BITS,
        },
      }),
    zlib.brotliDecompressSync,
  ),
  // Node has it since 22.15; an older device does without.
  ...(typeof zlib.zstdCompressSync === 'function'
    ? { zstd: stream('zstd', (bytes) => zlib.zstdCompressSync(bytes, zstdOptions()), zlib.zstdDecompressSync) }
    : {}),
  webp,
}

const zstdOptions = () => ({
  params: {
    [zlib.constants.ZSTD_c_compressionLevel]: 19,
    [zlib.constants.ZSTD_c_contentSizeFlag]: 0,
    [zlib.constants.ZSTD_c_checksumFlag]: 0,
  },
})
