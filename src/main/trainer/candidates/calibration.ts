import type { Network } from '#common/network/graph.ts'
import { isNonNegative } from '#common/network/sign.ts'
import type { ImageSet } from '../data/imageSet.ts'
import type { BookCoding, UniformCoding } from '../onnx/coding.ts'
import { fitCoding, quantise } from '../onnx/coding.ts'
import type { Forward } from './forward.ts'
import { spread } from './images.ts'

/** More images widen the range by outliers only; a fixed number keeps a candidate's scale independent of the profile. */
const calibrationImages = 512
const batch = 128

/**
 * Fixed 8-bit coding of a layer's output: the smallest and largest value over up to 512 calibration images (training
 * images, evenly spread) become the ends of the code.
 */
export async function calibrate(
  forward: Forward,
  network: Network,
  layer: string,
  set: ImageSet,
): Promise<UniformCoding> {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for await (const { values } of calibrationBatches(forward, layer, set)) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] < min) min = values[i]
      if (values[i] > max) max = values[i]
    }
  }
  return fitCoding(min, max, isNonNegative(network, layer))
}

/** The codes of the same images, one array each. */
export async function codesOf(
  forward: Forward,
  layer: string,
  coding: UniformCoding | BookCoding,
  set: ImageSet,
): Promise<Uint8Array[]> {
  const images: Uint8Array[] = []
  for await (const { values, count } of calibrationBatches(forward, layer, set)) {
    const codes = quantise(values, coding)
    const length = codes.length / count
    for (let n = 0; n < count; n++) images.push(codes.subarray(n * length, (n + 1) * length))
  }
  return images
}

async function* calibrationBatches(forward: Forward, layer: string, set: ImageSet) {
  const total = Math.min(calibrationImages, set.count)
  const images = spread(set, total)
  const length = images.length / total
  for (let at = 0; at < total; at += batch) {
    const count = Math.min(batch, total - at)
    const outputs = await forward.features(images.subarray(at * length, (at + count) * length), count, [layer])
    yield { values: outputs.get(layer)!, count }
  }
}
