import type { Split } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { mean, p95 } from '#common/measurement/statistics.ts'
import type { Features } from '#common/wire/codec.ts'
import { decodeFeatures, encodeFeatures } from '#common/wire/codec.ts'
import { runSession } from '../../../system/onnxruntime.ts'
import type { ImageSet } from '../data/imageSet.ts'
import type { Sides } from './acceptance.ts'
import { channelsFirst } from './images.ts'

const batch = 100

export interface Evaluation {
  /** Of the whole path: image → head → bytes → tail. */
  accuracy: number
  /** Of head → tail alone. */
  accuracyNoWire: number
  payloadBytes: number
  payloadBytesP95: number
}

/**
 * Sends every image through the exported files and the byte codec. The tail is fed with what the decoder gives; since
 * the codec is lossless (asserted for every image, bit for bit), this is the accuracy without the bytes as well.
 * Throws `check-failed` where a payload does not decode to the features that it came from.
 */
export async function evaluate(
  { head, tail }: Sides,
  split: Split,
  set: ImageSet,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const payloads = new Float64Array(set.count)
  const length = set.size * set.size * 3
  let correct = 0
  for (let at = 0; at < set.count; at += batch) {
    signal?.throwIfAborted()
    const count = Math.min(batch, set.count - at)
    const images = channelsFirst(set.images.subarray(at * length, (at + count) * length), count)
    const features = await runSession(head, images, [count, 3, set.size, set.size])
    const received = throughBytes(features.data, count, split, payloads.subarray(at, at + count))
    const logits = (await runSession(tail, received, features.shape)).data
    for (let i = 0; i < count; i++) {
      if (best(logits.subarray(i * split.classes, (i + 1) * split.classes)) === set.labels[at + i]) correct += 1
    }
  }
  const accuracy = correct / set.count
  return { accuracy, accuracyNoWire: accuracy, payloadBytes: mean(payloads), payloadBytesP95: p95(payloads) }
}

/** Encodes and decodes a batch image by image; `lengths` receives the payloads' bytes. */
function throughBytes(features: Features, count: number, split: Split, lengths: Float64Array): Features {
  const elements = features.length / count
  const received = features.slice()
  for (let i = 0; i < count; i++) {
    const sent = features.subarray(i * elements, (i + 1) * elements)
    const payload = encodeFeatures(sent, split)
    lengths[i] = payload.length
    const decoded = decodeFeatures(payload, split)
    if (!sameBits(sent, decoded)) {
      throw new CodedError('check-failed', `A payload at ${split.partitionPoint} does not decode to what was encoded.`)
    }
    received.set(decoded, i * elements)
  }
  return received
}

const sameBits = (a: Features, b: Features): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))

/** Index of the largest value, the first one among equals. */
function best(values: ArrayLike<number>): number {
  let index = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[index]) index = i
  return index
}
