import { join } from 'node:path'
import { checkTensors } from '#common/contract/inference.ts'
import type { UntimedCut } from '#common/contract/modelProfile.ts'
import type { Split } from '#common/contract/split.ts'
import type { Flow } from '#common/formats/onnx/split/flow.ts'
import type { ModelInput } from '#common/formats/onnx/split/inputShape.ts'
import type { Border } from '#common/formats/onnx/split/part.ts'
import { partOf } from '#common/formats/onnx/split/part.ts'
import type { OnnxPoint } from '#common/formats/onnx/split/points.ts'
import type { SharedPlaces } from '#common/formats/onnx/split/sharedWeights.ts'
import { sharedBytesOf } from '#common/formats/onnx/split/sharedWeights.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { TensorData } from '../../../system/onnxruntime.ts'
import type { Check } from './cutModel.ts'
import type { ModelFile } from './modelFile.ts'

export interface CutRequest {
  folder: string
  index: number
  point: OnnxPoint
  file: ModelFile
  flow: Flow
  input: ModelInput
  checks: readonly Check[]
  /** Where the weights lie that all parts share. */
  shared: SharedPlaces | undefined
}

const numbers = { float32: 1, uint8: 2 } as const

/** Gone again when the run is finished: not worth waiting for the disk. */
const passing = { durable: false } as const

/** Head, tail, split and check data of one cut, each file complete or absent. */
export async function writeCut(
  request: CutRequest,
): Promise<
  Pick<
    UntimedCut,
    'tensor' | 'type' | 'shape' | 'elements' | 'payloadBytes' | 'uint8Bytes' | 'headerBytes' | 'files' | 'weightBytes'
  >
> {
  const { folder, index, point, file, flow, input, checks, shared } = request
  const { tensor } = point
  // An output need not have the image first: then it crosses as a row of numbers.
  const asRow = tensor === flow.output && checks[0]!.values.get(tensor)!.dims[0] !== 1
  const shape = asRow ? [checks[0]!.logits.length] : point.shape
  const features = checks.map((check) => featuresOf(check, point, flow, input))
  const type = features[0] instanceof Uint8Array ? ('uint8' as const) : ('float32' as const)
  const start: Border = { name: input.name, type: numbers[input.type], dims: input.dims }
  const ofOutput = checks[0]!.values.get(flow.output)!
  const end: Border = { name: flow.output, type: onnxNumber(ofOutput.type), dims: ofOutput.dims }
  // At `output` the head ends in float32, whatever the model gives, and the tail is an Identity of it.
  const border: Border =
    tensor === flow.output
      ? { name: tensor, type: numbers.float32, dims: [1, ...shape] }
      : { name: tensor, type: numbers[type], dims: [1, ...shape] }
  const options = { asFloat: true, inline: file.inline, shared }
  const head = partOf(file.model, flow, start, tensor === flow.output ? end : border, {
    ...options,
    asFloat: tensor === flow.output,
  })
  const tail = partOf(file.model, flow, border, tensor === flow.output ? border : end, options)

  const path = (name: string): string => join('cuts', `${String(index).padStart(2, '0')}-${name}`)
  const files = {
    head: path('head.onnx'),
    tail: path('tail.onnx'),
    split: path('split.json'),
    check: path('check.safetensors'),
  }
  const split: Split = {
    protocol: 1,
    framework: 'profile',
    partitionPoint: point.name,
    input: { name: input.name, type: input.type },
    features: { type, shape: [...shape], scale: null, offset: null },
    bits: type === 'uint8' ? 8 : 32,
    packing: 'raw',
    tiling: 'none',
    compressor: 'none',
    lossy: false,
    channel: { kind: 'ideal' },
    header: frameHeaderBytes,
    mean: [],
    std: [],
    classes: checks[0]!.logits.length,
  }
  await writeFileAtomic(join(folder, files.head), head, passing)
  await writeFileAtomic(join(folder, files.tail), tail, passing)
  await writeFileAtomic(join(folder, files.split), JSON.stringify(split), passing)
  await writeFileAtomic(join(folder, files.check), checkFile(checks, features, [...input.dims], [...shape]), passing)
  const elements = shape.reduce((all, extent) => all * extent, 1)
  const payloadBytes = elements * (type === 'uint8' ? 1 : 4)
  return {
    ...{ tensor, type, shape: [...shape], elements, payloadBytes, uint8Bytes: elements },
    headerBytes: frameHeaderBytes,
    files,
    weightBytes: { head: sharedBytesOf(head), tail: sharedBytesOf(tail) },
  }
}

function featuresOf(check: Check, { tensor }: OnnxPoint, flow: Flow, input: ModelInput): TensorData {
  if (tensor === input.name) return check.input
  if (tensor === flow.output) return check.logits
  return check.values.get(tensor)!.data as TensorData
}

function checkFile(checks: readonly Check[], features: readonly TensorData[], dims: number[], shape: number[]) {
  const count = checks.length
  return encodeSafetensors([
    [checkTensors.images, { shape: [count, ...dims.slice(1)], data: joined(checks.map((check) => check.input)) }],
    [checkTensors.features, { shape: [count, ...shape], data: joined(features) }],
    [
      checkTensors.logits,
      { shape: [count, checks[0]!.logits.length], data: joined(checks.map(({ logits }) => logits)) },
    ],
  ])
}

function joined(parts: readonly TensorData[]): TensorData {
  const length = parts.reduce((all, part) => all + part.length, 0)
  const all = new (parts[0]!.constructor as new (length: number) => TensorData)(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const typeNumbers: Readonly<Record<string, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  uint32: 12,
  uint64: 13,
}
const onnxNumber = (type: string): number => typeNumbers[type] ?? numbers.float32
