import { checkTensors } from '#common/contract/inference.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'
import type { Network } from '#common/network/graph.ts'
import { outputLayer } from '#common/network/graph.ts'
import type { ImageSet } from '../data/imageSet.ts'
import type { FeatureCoding } from '../onnx/coding.ts'
import { dequantise, quantise } from '../onnx/coding.ts'
import { crossingAt } from '../onnx/crossing.ts'
import { crossingTensor } from '../onnx/export.ts'
import type { Forward } from './forward.ts'
import { channelsFirst, spread } from './images.ts'

export const checkImages = 16

/** What the trainer computes for 16 images, all NCHW: the content of check.safetensors. */
export interface CheckData {
  /** uint8 [16, 3, H, W] */
  images: Uint8Array
  imageShape: readonly number[]
  /** As the head gives them: values, codes, or the image itself at `input`. */
  features: Float32Array | Uint8Array
  featureShape: readonly number[]
  /** Whether the features are codes of which two may be any number apart and still nearly the same (vectors' words). */
  unordered: boolean
  /** float32 [16, classes], from exactly these features. */
  logits: Float32Array
}

export async function computeCheckData(
  forward: Forward,
  network: Network,
  layer: string,
  coding: FeatureCoding,
  set: ImageSet,
): Promise<CheckData> {
  const images = spread(set, checkImages)
  const shared = {
    images: channelsFirst(images, checkImages),
    imageShape: [checkImages, 3, set.size, set.size],
    featureShape: [checkImages, ...crossingTensor(network, layer, coding).shape],
    unordered: coding.type === 'vectors',
  }
  if (layer === network.layers[0]!.name) {
    return { ...shared, features: shared.images, logits: await forward.predict(images, checkImages) }
  }
  const { encoded } = crossingAt(network, layer)
  const values =
    layer === outputLayer(network).name
      ? await forward.predict(images, checkImages)
      : (await forward.features(images, checkImages, [encoded])).get(encoded)!
  const features = coding.type === 'float32' ? values : quantise(values, coding)
  return { ...shared, features, logits: await logitsOf(forward, network, layer, decoded(features, coding)) }
}

/** Features as the tail has them behind the byte decoder: floats. */
export const decoded = (features: CheckData['features'], coding: FeatureCoding): Float32Array =>
  features instanceof Float32Array || coding.type === 'float32'
    ? Float32Array.from(features)
    : dequantise(features, coding)

/** Of the check images, from their features behind a layer; at `output` those are the logits. */
export const logitsOf = async (
  forward: Forward,
  network: Network,
  layer: string,
  features: Float32Array,
): Promise<Float32Array> =>
  layer === outputLayer(network).name ? features : forward.tail(features, checkImages, layer)

export function encodeCheckData({ images, imageShape, features, featureShape, logits }: CheckData): Uint8Array {
  return encodeSafetensors([
    [checkTensors.images, { shape: imageShape, data: images }],
    [checkTensors.features, { shape: featureShape, data: features }],
    [checkTensors.logits, { shape: [checkImages, logits.length / checkImages], data: logits }],
  ])
}
