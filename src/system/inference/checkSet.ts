import { checkTensors } from '#common/contract/inference.ts'
import type { Split } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import type { SafeTensor } from '#common/formats/safetensors.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import type { TensorData } from '../onnxruntime.ts'

/** check.safetensors taken apart: one array per image. */
export interface CheckSet {
  count: number
  /** [1, 3, H, W], or what the split's input is. */
  imageShape: readonly number[]
  images: TensorData[]
  /** [1, ...split.features.shape] */
  featureShape: readonly number[]
  features: TensorData[]
  logits: TensorData[]
}

const types = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array } as const

/** Throws `check-failed` where the file is not one of this split. */
export function readCheckSet(bytes: Uint8Array, split: Split): CheckSet {
  const { tensors } = decodeSafetensors(bytes)
  const images = take<TensorData>(tensors, checkTensors.images, types[split.input?.type ?? 'uint8'])
  const features = take<TensorData>(tensors, checkTensors.features, types[split.features.type])
  const logits = take(tensors, checkTensors.logits, Float32Array)
  const count = images.shape[0]!
  if ((!split.input && images.shape.length !== 4) || !(count >= 1)) {
    throw wrong(`${checkTensors.images} is not [N, C, H, W]`)
  }
  if (features.shape.join() !== [count, ...split.features.shape].join()) {
    throw wrong(`${checkTensors.features} is [${features.shape}], not [${[count, ...split.features.shape]}]`)
  }
  if (logits.shape.join() !== [count, split.classes].join()) {
    throw wrong(`${checkTensors.logits} is [${logits.shape}], not [${count},${split.classes}]`)
  }
  return {
    count,
    imageShape: [1, ...images.shape.slice(1)],
    images: perImage(images.data, count),
    featureShape: [1, ...split.features.shape],
    features: perImage(features.data, count),
    logits: perImage(logits.data, count),
  }
}

function take<T extends TensorData>(
  tensors: Map<string, SafeTensor>,
  name: string,
  type: { new (length: number): T; readonly name: string },
): { shape: readonly number[]; data: T } {
  const tensor = tensors.get(name)
  if (!tensor) throw wrong(`it has no ${name}`)
  if (!(tensor.data instanceof type)) throw wrong(`its ${name} are ${tensor.data.constructor.name}, not ${type.name}`)
  return { shape: tensor.shape, data: tensor.data }
}

function perImage(data: TensorData, count: number): TensorData[] {
  const length = data.length / count
  return Array.from({ length: count }, (_, i) => data.subarray(i * length, (i + 1) * length))
}

const wrong = (what: string): CodedError =>
  new CodedError('check-failed', `The check data do not fit the split: ${what}.`, 'Export the candidate again.')
