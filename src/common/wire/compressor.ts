import { CodedError } from '../errors.ts'

/**
 * What makes packed codes smaller without loss. The range coder is pure and lives here; what needs Node comes in from
 * outside (system/compressors.ts), so that trainer, agent and tail run the same `wire`.
 */
export interface Compressor {
  compress(bytes: Uint8Array): Uint8Array
  /** Throws `protocol-violated` for what `compress` did not write, or where more than `most` bytes would come out. */
  decompress(bytes: Uint8Array, most: number): Uint8Array
}

/** Stream compressors by name; `zlib` is what PNG needs. A machine may lack one (zstd: Node before 22.15). */
export const streamNames = ['deflate', 'brotli', 'zstd', 'zlib'] as const
export type StreamName = (typeof streamNames)[number]
export type Compressors = Partial<Record<StreamName, Compressor>> & { webp?: ImageCoder }

/** A lossy coder of colour images. */
export interface ImageCoder {
  /** RGBA pixels row by row; `quality` 1…100. */
  encode(rgba: Uint8Array, image: { width: number; height: number; quality: number }): Uint8Array<ArrayBuffer>
  /** Back to RGBA. Throws `protocol-violated` for what is no such image. */
  decode(bytes: Uint8Array, image: { width: number; height: number }): ArrayLike<number>
}

/** @throws CodedError `device-unsupported` where this machine has no such compressor. */
export function compressorNamed(compressors: Compressors, name: StreamName): Compressor {
  const found = compressors[name]
  if (found) return found
  throw new CodedError(
    'device-unsupported',
    `This device has no ${name}: its Node.js is too old for it.`,
    'Choose a candidate with another byte codec (deflate is everywhere).',
  )
}

/** @throws CodedError `device-unsupported` where this program has no such coder. */
export function webpOf({ webp }: Compressors): ImageCoder {
  if (webp) return webp
  throw new CodedError(
    'device-unsupported',
    'This program has no WebP coder.',
    'Choose a candidate with another byte codec (jpeg is everywhere).',
  )
}
