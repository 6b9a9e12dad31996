import type { Split } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { mean, p95 } from '#common/measurement/statistics.ts'
import { random } from '#common/random.ts'
import { bitsPerSymbol, transmit } from '#common/wire/channel.ts'
import type { Features } from '#common/wire/codec.ts'
import { decodeFeatures, elementsOf, encodeFeatures } from '#common/wire/codec.ts'
import { compressors } from '../../../system/compressors.ts'
import type { Session } from '../../../system/onnxruntime.ts'
import { runSession } from '../../../system/onnxruntime.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { channelDraws } from '../training/evaluateChannel.ts'
import type { Sides } from './acceptance.ts'
import { channelsFirst } from './images.ts'

const batch = 100

export interface Evaluation {
  /** Of the whole path: image → head → bytes → channel → tail; where the channel is random, the mean over its draws. */
  accuracy: number
  accuracyNoWire: number
  /** Of real symbols: the bytes that the channel carries in as many uses, by Shannon's rate at the channel's SNR. */
  payloadBytes: number
  payloadBytesP95: number
}

/**
 * Sends every image through the exported files, the byte codec and the channel. A lossless codec must give back every bit
 * of every image; then, and without a channel, the accuracy is that of head and tail alone as well.
 * Throws `check-failed` where a payload does not decode to the features that it came from.
 */
export async function evaluate(
  { head, tail }: Sides,
  split: Split,
  set: ImageSet,
  { seed, signal }: { seed: number; signal?: AbortSignal | undefined },
): Promise<Evaluation> {
  const payloads = new Float64Array(set.count)
  const length = set.size * set.size * 3
  const draws = split.channel.kind === 'ideal' ? 1 : channelDraws
  const whole = !split.lossy && split.channel.kind === 'ideal'
  let [correct, withoutWire] = [0, 0]
  for (let at = 0; at < set.count; at += batch) {
    signal?.throwIfAborted()
    const count = Math.min(batch, set.count - at)
    const labels = set.labels.subarray(at, at + count)
    const images = channelsFirst(set.images.subarray(at * length, (at + count) * length), count)
    const features = await runSession(head, images, [count, 3, set.size, set.size])
    const decoded = throughBytes(features.data, count, split, payloads.subarray(at, at + count))
    for (let draw = 0; draw < draws; draw++) {
      const rng = random(seed, 'channel', draw, at)
      const received = transmit(decoded, split.channel, split.bits, rng)
      correct += (await classified(tail, received, features.shape, labels)) / draws
    }
    if (!whole) withoutWire += await classified(tail, features.data, features.shape, labels)
  }
  const accuracy = correct / set.count
  return {
    accuracy,
    accuracyNoWire: whole ? accuracy : withoutWire / set.count,
    payloadBytes: mean(payloads),
    payloadBytesP95: p95(payloads),
  }
}

/** How many images of a batch the tail classifies correctly. */
export async function classified(
  tail: Session,
  features: Features,
  shape: readonly number[],
  labels: ArrayLike<number>,
): Promise<number> {
  const { data } = await runSession(tail, features, shape)
  const classes = data.length / labels.length
  let correct = 0
  for (let i = 0; i < labels.length; i++) {
    if (best(data.subarray(i * classes, (i + 1) * classes)) === labels[i]) correct += 1
  }
  return correct
}

/** Encodes and decodes a batch image by image; `lengths` receives the payloads' bytes. */
export function throughBytes(features: Features, count: number, split: Split, lengths: Float64Array): Features {
  if (split.channel.kind === 'awgn') {
    lengths.fill(Math.ceil((elementsOf(split) * bitsPerSymbol(1 / split.channel.sigma ** 2)) / 8))
    return features
  }
  const elements = features.length / count
  const received = features.slice()
  for (let i = 0; i < count; i++) {
    const sent = features.subarray(i * elements, (i + 1) * elements)
    const payload = encodeFeatures(sent, split, compressors)
    lengths[i] = payload.length
    const decoded = decodeFeatures(payload, split, compressors)
    if (!split.lossy && !sameBits(sent, decoded)) {
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
