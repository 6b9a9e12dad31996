import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Split } from '#common/contract/split.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'
import { outputLayer } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { FeatureCoding } from '../../src/main/trainer/onnx/coding.ts'
import { fitCoding } from '../../src/main/trainer/onnx/coding.ts'
import { crossingTensor, exportHead, exportTail } from '../../src/main/trainer/onnx/export.ts'
import { randomBytes } from './randomModel.ts'
import { referenceOutputs, referenceTail } from './referenceNetwork.ts'

/** Head, tail and check data of a real network; what the check data hold comes from the plain-loop reference. */
export async function writeNetworkCandidate(
  folder: string,
  model: Model,
  pointName: string,
  form: 'float32' | 'uint8',
  count = 16,
): Promise<{ head: string; tail: string; check: string; split: Split }> {
  const { network } = model
  const point = partitionPoints(network).find(({ name }) => name === pointName)!.layer
  const { channels, height, width } = network.layers[0] as { channels: number; height: number; width: number }
  const draw = random(5, 'images')
  const images = Array.from({ length: count }, () => randomBytes(height * width * channels, draw))
  const values = images.map((image) => {
    const outputs = referenceOutputs(model, image)
    return { crossing: outputs.get(point)!, logits: outputs.get(outputLayer(network).name)! }
  })
  const most = Math.max(...values.map(({ crossing }) => crossing.data.reduce((a, b) => Math.max(a, b), 0)))
  const coding: FeatureCoding = form === 'uint8' ? fitCoding(0, most, true) : { type: 'float32' }
  const { type, shape } = crossingTensor(network, point, coding)
  const planar = images.map((image) =>
    Uint8Array.from(
      { length: image.length },
      (_, i) => image[(i % (height * width)) * channels + Math.floor(i / (height * width))]!,
    ),
  )
  const coded = values.map(({ crossing, logits }) => {
    if (type === 'float32' || coding.type === 'float32') return { features: crossing.data, logits }
    const features = crossing.data.map((value) => Math.min(255, Math.round(value / coding.scale)))
    const data = features.map((code) => code * coding.scale)
    return { features, logits: referenceTail(model, point, { ...crossing, data }) }
  })
  const features =
    pointName === 'input' ? planar.map((image) => Float64Array.from(image)) : coded.map(({ features }) => features)
  const joined = (parts: Iterable<ArrayLike<number>>) => Array.from(parts, (part) => Array.from(part)).flat()
  const logits = (pointName === 'input' ? values : coded).map(({ logits }) => logits.data)
  const check = encodeSafetensors([
    ['images', { shape: [count, channels, height, width], data: Uint8Array.from(joined(planar)) }],
    [
      'features',
      { shape: [count, ...shape], data: (type === 'uint8' ? Uint8Array : Float32Array).from(joined(features)) },
    ],
    ['logits', { shape: [count, logits[0]!.length], data: Float32Array.from(joined(logits)) }],
  ])
  const affine =
    type === 'uint8' && coding.type === 'uint8' && pointName !== 'input' ? coding : { scale: null, offset: null }
  const split: Split = {
    protocol: 1,
    framework: 'only-splitting',
    partitionPoint: pointName,
    features: { type, shape: [...shape], scale: affine.scale, offset: affine.offset },
    bits: type === 'uint8' ? 8 : 32,
    packing: 'raw',
    tiling: 'none',
    compressor: 'none',
    lossy: false,
    channel: { kind: 'ideal' },
    header: 16,
    mean: [...network.mean],
    std: [...network.std],
    classes: logits[0]!.length,
  }
  await mkdir(folder, { recursive: true })
  const path = (name: string) => join(folder, name)
  await writeFile(path('head.onnx'), exportHead(model, point, coding))
  await writeFile(path('tail.onnx'), exportTail(model, point, coding))
  await writeFile(path('check.safetensors'), check)
  return { head: path('head.onnx'), tail: path('tail.onnx'), check: path('check.safetensors'), split }
}
