import type { Split } from '../contract/split.ts'
import { CodedError } from '../errors.ts'
import { packCodes, packedBytes, unpackCodes } from './pack.ts'

/**
 * The byte codec: the features of one image, as the head gives them, to the payload and back. Lossless; trainer, agent
 * and tail run this same code.
 */
export type Features = Float32Array | Uint16Array | Uint8Array

const arrays = { float32: Float32Array, uint16: Uint16Array, uint8: Uint8Array } as const

/** The part of split.json that decides the bytes. */
export type ByteCodec = Pick<Split, 'features' | 'bits' | 'packing'>

const elementsOf = ({ features }: ByteCodec): number => features.shape.reduce((product, extent) => product * extent, 1)

/** Bytes of every payload: with these packings it does not depend on the image. */
export const payloadBytesOf = (split: ByteCodec): number =>
  split.packing === 'dense'
    ? packedBytes(elementsOf(split), split.bits)
    : elementsOf(split) * arrays[split.features.type].BYTES_PER_ELEMENT

/** The number that names the codec in a frame's header: the element type in the high byte, 0 or the packed bits in the low one. */
export const codecId = ({ features, bits, packing }: ByteCodec): number =>
  ((Object.keys(arrays).indexOf(features.type) + 1) << 8) | (packing === 'dense' ? bits : 0)

/**
 * The payload of one image. `features`: the head's output for it, NCHW without N, of the type that split.json names.
 * Throws an Error where type or length are not those of the split, or a code needs more than its bits.
 */
export function encodeFeatures(features: Features, split: ByteCodec): Uint8Array<ArrayBuffer> {
  if (!(features instanceof arrays[split.features.type]) || features.length !== elementsOf(split)) {
    throw new Error(
      `the split sends ${elementsOf(split)} × ${split.features.type}, not ${features.length} × ${features.constructor.name}`,
    )
  }
  if (split.packing === 'dense') return packCodes(integers(features), split.bits)
  // Typed arrays are little endian on every machine that this runs on (x86-64, arm64, armv7).
  const bytes = new Uint8Array(features.byteLength)
  bytes.set(new Uint8Array(features.buffer, features.byteOffset, features.byteLength))
  return bytes
}

/**
 * The tail's input for one image, NCHW without N; its own memory. Throws `protocol-violated` where the payload is not
 * one of this split.
 */
export function decodeFeatures(payload: Uint8Array, split: ByteCodec): Features {
  if (payload.length !== payloadBytesOf(split)) {
    throw new CodedError(
      'protocol-violated',
      `A payload has ${payload.length} bytes; this split sends ${payloadBytesOf(split)}.`,
    )
  }
  const array = arrays[split.features.type]
  if (split.packing === 'dense') {
    const codes = unpackCodes(payload, split.bits, elementsOf(split))
    return codes instanceof array ? codes : array.from(codes)
  }
  const copy = new Uint8Array(payload.length)
  copy.set(payload)
  return new array(copy.buffer)
}

function integers(features: Features): Uint8Array | Uint16Array {
  if (features instanceof Float32Array) throw new Error('float32 features cannot be packed densely')
  return features
}
