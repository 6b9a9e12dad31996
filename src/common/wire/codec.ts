import type { Split } from '../contract/split.ts'
import { CodedError } from '../errors.ts'
import { fromPlanes, planesOf, toPlanes } from './colour.ts'
import type { Compressors } from './compressor.ts'
import { compressorNamed, webpOf } from './compressor.ts'
import { decodeJpeg } from './jpeg/decode.ts'
import { encodeJpeg } from './jpeg/encode.ts'
import { packCodes, packedBytes, unpackCodes } from './pack.ts'
import { decodePng, encodePng } from './png.ts'
import { rangeDecode, rangeEncode } from './rangeCoder.ts'
import { tile, tilingOf, untile } from './tiling.ts'
import { fromPixels, toPixels } from './webp.ts'

/**
 * The byte codec: the features of one image, as the head gives them, to the payload and back. Trainer, agent and tail run
 * this same code; all of it is lossless but JPEG and WebP.
 */
export type Features = Float32Array | Uint16Array | Uint8Array

const arrays = { float32: Float32Array, uint16: Uint16Array, uint8: Uint8Array } as const
const compressors = ['none', 'deflate', 'brotli', 'zstd', 'range', 'png', 'jpeg', 'webp'] as const

/** The part of split.json that decides the bytes. */
export type ByteCodec = Pick<Split, 'features' | 'bits' | 'packing'> &
  Partial<Pick<Split, 'compressor' | 'quality' | 'prior' | 'tiling'>>

export const elementsOf = ({ features }: Pick<ByteCodec, 'features'>): number =>
  features.shape.reduce((product, extent) => product * extent, 1)

const uncompressedBytes = (split: ByteCodec): number =>
  split.packing === 'dense'
    ? packedBytes(elementsOf(split), split.bits)
    : elementsOf(split) * arrays[split.features.type].BYTES_PER_ELEMENT

/** Bytes of every payload where they do not depend on the image; null behind a compressor. */
export const payloadBytesOf = (split: ByteCodec): number | null =>
  (split.compressor ?? 'none') === 'none' ? uncompressedBytes(split) : null

/** What a compressor may add to features that it cannot make smaller: headers, stored blocks, rows of filters. */
const slack = 1024

/** No payload of this split is longer. */
export const mostPayloadBytes = (split: ByteCodec): number =>
  payloadBytesOf(split) ?? 2 * uncompressedBytes(split) + slack

/**
 * The number that names the codec in a frame's header: the compressor and the element type in the high byte, 0 or the
 * packed bits in the low one.
 */
export const codecId = ({ features, bits, packing, compressor = 'none' }: ByteCodec): number =>
  ((4 * compressors.indexOf(compressor) + Object.keys(arrays).indexOf(features.type) + 1) << 8) |
  (packing === 'dense' ? bits : 0)

/**
 * The payload of one image. `features`: the head's output for it, NCHW without N, of the type that split.json names.
 * Throws an Error where type or length are not those of the split, or a code needs more than its bits;
 * `device-unsupported` where `streams` lacks the compressor.
 */
export function encodeFeatures(
  features: Features,
  split: ByteCodec,
  streams: Compressors = {},
): Uint8Array<ArrayBuffer> {
  if (!(features instanceof arrays[split.features.type]) || features.length !== elementsOf(split)) {
    throw new Error(
      `the split sends ${elementsOf(split)} × ${split.features.type}, not ${features.length} × ${features.constructor.name}`,
    )
  }
  const { compressor = 'none', bits } = split
  switch (compressor) {
    case 'none':
      return uncompressed(features, split)
    case 'range':
      return rangeEncode(integers(features), bits, priorOf(split))
    case 'png': {
      const { pixels, width, height } = pixelsOf(features, split)
      return encodePng(pixels, width, height, compressorNamed(streams, 'zlib'))
    }
    case 'jpeg': {
      const { pixels, width, height } = pixelsOf(features, split)
      return encodeJpeg(pixels, width, height, { quality: qualityOf(split), tables: false })
    }
    case 'webp': {
      const { shape } = split.features
      const [, height = 1, width = 1] = shape
      return webpOf(streams).encode(toPixels(bytesOf(features), shape), { width, height, quality: qualityOf(split) })
    }
    default:
      return Uint8Array.from(compressorNamed(streams, compressor).compress(uncompressed(features, split)))
  }
}

/**
 * The tail's input for one image, NCHW without N; its own memory. Throws `protocol-violated` where the payload is not
 * one of this split.
 */
export function decodeFeatures(payload: Uint8Array, split: ByteCodec, streams: Compressors = {}): Features {
  const { compressor = 'none', bits } = split
  switch (compressor) {
    case 'none':
      return unpacked(payload, split)
    case 'range':
      return typed(rangeDecode(payload, bits, elementsOf(split), priorOf(split)), split)
    case 'png': {
      const { width, height } = pictureOf(split)
      return mapsOf(decodePng(payload, width, height, compressorNamed(streams, 'zlib')), split)
    }
    case 'jpeg': {
      const { width, height } = pictureOf(split)
      return mapsOf(decodeJpeg(payload, width, height, qualityOf(split)), split)
    }
    case 'webp': {
      const [, height = 1, width = 1] = split.features.shape
      return fromPixels(webpOf(streams).decode(payload, { width, height }))
    }
    default:
      return unpacked(compressorNamed(streams, compressor).decompress(payload, uncompressedBytes(split)), split)
  }
}

function uncompressed(features: Features, split: ByteCodec): Uint8Array<ArrayBuffer> {
  if (split.packing === 'dense') return packCodes(integers(features), split.bits)
  // Typed arrays are little endian on every machine that this runs on (x86-64, arm64, armv7).
  const bytes = new Uint8Array(features.byteLength)
  bytes.set(new Uint8Array(features.buffer, features.byteOffset, features.byteLength))
  return bytes
}

function unpacked(payload: Uint8Array, split: ByteCodec): Features {
  if (payload.length !== uncompressedBytes(split)) {
    throw new CodedError(
      'protocol-violated',
      `A payload has ${payload.length} bytes; this split sends ${uncompressedBytes(split)}.`,
    )
  }
  if (split.packing === 'dense') return typed(unpackCodes(payload, split.bits, elementsOf(split)), split)
  const copy = new Uint8Array(payload.length)
  copy.set(payload)
  return new arrays[split.features.type](copy.buffer)
}

function typed(codes: Uint8Array | Uint16Array, split: ByteCodec): Features {
  const array = arrays[split.features.type]
  return codes instanceof array ? codes : array.from(codes)
}

function integers(features: Features): Uint8Array | Uint16Array {
  if (features instanceof Float32Array) throw new Error('float32 features cannot be packed as codes')
  return features
}

/** Width and height of the grey image that an image coder is given. */
const pictureOf = ({ tiling, features: { shape } }: ByteCodec): { width: number; height: number } =>
  tiling === 'colour' ? planesOf(shape) : tilingOf(shape)

function pixelsOf(features: Features, split: ByteCodec) {
  const { shape } = split.features
  const pixels = split.tiling === 'colour' ? toPlanes(bytesOf(features), shape) : tile(bytesOf(features), shape)
  return { pixels, ...pictureOf(split) }
}

const mapsOf = (pixels: Uint8Array, { tiling, features: { shape } }: ByteCodec): Uint8Array<ArrayBuffer> =>
  tiling === 'colour' ? fromPlanes(pixels, shape) : untile(pixels, shape)

function bytesOf(features: Features): Uint8Array {
  if (features instanceof Uint8Array) return features
  throw new Error('only codes of at most 8 bits make a grey image')
}

function qualityOf({ quality }: ByteCodec): number {
  if (typeof quality === 'number') return quality
  throw new Error('a split with JPEG or WebP needs a quality')
}

/** From hexadecimal digits; the same string gives the same array, so that a loop does not parse it anew. */
const priors = new Map<string, Uint8Array>()
function priorOf({ prior }: ByteCodec): Uint8Array | null {
  if (!prior) return null
  let bytes = priors.get(prior)
  if (!bytes) {
    bytes = Uint8Array.from(prior.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    if (priors.size > 64) priors.clear()
    priors.set(prior, bytes)
  }
  return bytes
}
