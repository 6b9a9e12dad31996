import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Int8, UntimedCandidate } from '#common/contract/result.ts'
import type { Split } from '#common/contract/split.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import type { Model } from '#common/network/weights.ts'
import { elementsOf } from '#common/wire/codec.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import { writeFolderAtomic } from '../../../system/atomic.ts'
import { sha256 } from '../../../system/hash.ts'
import type { ImageSet } from '../data/imageSet.ts'
import type { HeadForm } from '../frameworks/lab.ts'
import type { FeatureCoding } from '../onnx/coding.ts'
import { codingOfWire, crossingAt } from '../onnx/crossing.ts'
import { crossingTensor, exportHead, exportTail } from '../onnx/export.ts'
import type { Sides } from './acceptance.ts'
import { accept, close } from './acceptance.ts'
import type { ByteForm } from './bytes.ts'
import { byteFields, codecName } from './bytes.ts'
import { calibrate, codesOf } from './calibration.ts'
import type { CheckData } from './checkData.ts'
import { computeCheckData, encodeCheckData } from './checkData.ts'
import { evaluate } from './evaluation.ts'
import type { Forward } from './forward.ts'
import { int8Split } from './int8.ts'
import { acceptLookup } from './lookup.ts'
import { evaluateOverChannels } from './overChannels.ts'

export interface CandidateRequest {
  /** The run's folder; the candidate goes to `candidates/<id>/` in it and its paths are relative to it. */
  folder: string
  model: Model
  point: PartitionPoint
  /** How features cross; the logits at `output` too. The image at `input` is always uint8. */
  form: 'float32' | 'uint8'
  /** How codes become bytes. */
  bytes?: ByteForm
  /** What the device is given; ordinary layers where it is left out. */
  head?: HeadForm
  framework: string
  step: string | null
  seed: number
  /** Training images: the range of the codes, and the 16 images of check.safetensors. */
  calibration: ImageSet
  test: ImageSet
  /** Of the unpruned network of the same seed on the same test images; a fraction. */
  baselineAccuracy: number
  /** Of the model that is cut; passed on. */
  validationAccuracy: number
  /** Threads of ONNX Runtime. */
  threads?: number
  signal?: AbortSignal
}

/** What the files of a split follow from. */
export type SplitRequest = Pick<
  CandidateRequest,
  'model' | 'point' | 'form' | 'bytes' | 'head' | 'framework' | 'calibration'
>

const defaultThreads = 2

/**
 * Cuts a model at a partition point: fits the codes, exports head and tail, has ONNX Runtime agree with the trainer
 * (`forward`), evaluates the whole path on the test images, and writes the candidate's folder, complete or not at all.
 * Equal requests give equal folders. Throws `check-failed` where the files do not compute what the trainer computes,
 * and the coded form of a full disk or another system error.
 */
export async function buildCandidate(
  request: CandidateRequest,
  forward: Forward,
  weightsHash: string,
): Promise<UntimedCandidate> {
  const { model, point, framework, step, seed, threads = defaultThreads, signal } = request
  const { exported, int8 } = await exportSplit(request, forward)
  const { head, tail, check, split, coding } = exported
  signal?.throwIfAborted()

  const sides = await accept({ head, tail }, check, point, threads, int8 !== undefined)
  const tables =
    request.head === 'lookup'
      ? await acceptLookup(model, point, coding, { check, forward, set: request.calibration })
      : undefined
  const { evaluation, overChannels } = await evaluated(sides, split, request).finally(() => close(sides))

  const codec = codecName(split)
  const form = request.head === undefined || request.head === 'dense' ? [] : [request.head]
  const named = [split.protocol, framework, point.name, codec, step, seed, weightsHash, ...form]
  const id = sha256(JSON.stringify(named)).slice(0, 16)
  const files = await writeSplit(request.folder, `candidates/${id}`, exported, tables?.file)
  return {
    id,
    framework,
    step,
    partitionPoint: point.name,
    ...evaluation,
    accuracyLoss: request.baselineAccuracy - evaluation.accuracy,
    validationAccuracy: request.validationAccuracy,
    // A look-up with its addition counts as much as a multiply-accumulate.
    headMacs: tables ? tables.lookup.macs + tables.lookup.lookups : point.headMacs,
    headParameters: point.headParameters,
    tailMacs: point.tailMacs,
    tailParameters: point.tailParameters,
    elements: elementsOf(split),
    headerBytes: split.header,
    ...(split.channel.kind === 'awgn' ? { symbols: elementsOf(split) } : {}),
    codec,
    ...(overChannels ? { overChannels } : {}),
    ...(tables ? { lookup: tables.lookup } : {}),
    ...(int8 ? { int8 } : {}),
    files,
    hashes: { head: sha256(tables?.file ?? head), tail: sha256(tail), weights: weightsHash },
  }
}

async function evaluated(sides: Sides, split: Split, { test, seed, signal }: CandidateRequest) {
  const evaluation = await evaluate(sides, split, test, { seed, signal })
  return { evaluation, overChannels: await evaluateOverChannels(sides, split, test, { seed, signal }) }
}

/** Both sides of a split with what is told of it and what it is checked with. */
export interface ExportedSplit {
  coding: FeatureCoding
  head: Uint8Array<ArrayBuffer>
  tail: Uint8Array<ArrayBuffer>
  check: CheckData
  split: Split
}

/** Nothing is evaluated or written. `int8`: of a head in whole numbers. */
export async function exportSplit(
  request: SplitRequest,
  forward: Forward,
): Promise<{ exported: ExportedSplit; int8?: Int8 }> {
  const { model, point, calibration } = request
  const coding = await codingOf(request, forward)
  const float = {
    coding,
    head: exportHead(model, point.layer, coding),
    tail: exportTail(model, point.layer, coding),
    check: await computeCheckData(forward, model.network, point.layer, coding, calibration),
    split: await describeSplit(request, coding, forward),
  }
  return request.head === 'int8' ? int8Split(float, request, forward) : { exported: float }
}

/**
 * Writes a split below `folder`, complete or not at all; returns its paths relative to it. `tables`: what the device is
 * given instead of the dense head, which then lies beside it.
 */
export async function writeSplit(
  folder: string,
  at: string,
  { head, tail, check, split }: ExportedSplit,
  tables?: Uint8Array,
): Promise<UntimedCandidate['files']> {
  const dense = 'head.onnx'
  const names = {
    ...{ head: tables ? 'head.lookup' : dense, tail: 'tail.onnx', split: 'split.json', check: 'check.safetensors' },
  }
  await writeFiles(join(folder, at), {
    [dense]: head,
    ...(tables ? { [names.head]: tables } : {}),
    [names.tail]: tail,
    [names.split]: `${JSON.stringify(split, null, 2)}\n`,
    [names.check]: encodeCheckData(check),
  })
  const path = (name: string): string => `${at}/${name}`
  return {
    head: path(names.head),
    ...(tables ? { dense: path(dense) } : {}),
    tail: path(names.tail),
    split: path(names.split),
    check: path(names.check),
  }
}

/** The image is bytes already. */
async function codingOf({ model, point, form, calibration }: SplitRequest, forward: Forward): Promise<FeatureCoding> {
  const fixed = codingOfWire(model, point.layer)
  if (fixed) return fixed
  return form === 'uint8' && point.layer !== model.network.layers[0]!.name
    ? calibrate(forward, model.network, point.layer, calibration)
    : { type: 'float32' }
}

async function describeSplit(
  { model: { network }, point, framework, bytes, calibration }: SplitRequest,
  coding: FeatureCoding,
  forward: Forward,
): Promise<Split> {
  const { type, shape } = crossingTensor(network, point.layer, coding)
  const { encoded, wire } = crossingAt(network, point.layer)
  const isImage = type === 'uint8' && coding.type === 'float32'
  const codes =
    bytes?.compressor === 'range' && coding.type !== 'float32'
      ? await codesOf(forward, encoded, coding, calibration)
      : []
  return {
    protocol: 1,
    framework,
    partitionPoint: point.name,
    features: {
      type,
      shape: [...shape],
      scale: coding.type === 'uint8' ? coding.scale : null,
      offset: coding.type === 'uint8' ? coding.offset : null,
      ...(coding.type === 'vectors' ? { unordered: true } : {}),
    },
    // The image at `input` is bytes whatever the coding says.
    ...byteFields(isImage ? imageBytes : coding, wire, bytes, codes, isImage),
    header: frameHeaderBytes,
    mean: [...network.mean],
    std: [...network.std],
    classes: network.classes,
  }
}

const imageBytes: FeatureCoding = { type: 'uint8', scale: 1, offset: 0 }

async function writeFiles(folder: string, files: Record<string, Uint8Array | string>): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true })
    await writeFolderAtomic(folder, async (temp) => {
      for (const [name, content] of Object.entries(files)) await writeFile(join(temp, name), content)
    })
  } catch (error) {
    const { code, message, hint, data } = toErrorShape(error)
    const known = code === 'internal' ? 'io-failed' : code
    throw new CodedError(known, `Cannot write the candidate to ${folder}: ${message}`, hint, data)
  }
}
