import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Imported, ImportOptions } from '#common/formats/onnx/import/index.ts'
import { importOnnx } from '#common/formats/onnx/import/index.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import { countOnnx } from '../../src/main/trainer/onnx/cost.ts'
import { exportNetwork } from '../../src/main/trainer/onnx/export.ts'
import { removeFilters } from '../../src/main/trainer/pruning/surgery.ts'
import { externalReader } from '../../src/system/onnxFiles.ts'
import { createSession, runSession } from '../../src/system/onnxruntime.ts'
import { masked } from './masking.ts'

/** ONNX files of others with images and what their makers compute for them: written by `make.py` there. */
export const importFixtures = join(import.meta.dirname, '..', 'fixtures', 'import')

/** What `make.py` makes. */
export const networks = [
  'plain',
  'vgg',
  'resnet',
  'mobilenetv1',
  'mobilenetv2',
  'densenet',
  'resnext',
  'mobilenetv3',
  'efficientnet',
  'shufflenet',
]
export const exporters = ['torchscript', 'opset11', 'dynamo']
/** What its networks expect of an image. */
export const cifar = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }

/** Imports a file as the trainer does, without comparing it. */
export const importFile = (path: string, options: Partial<ImportOptions> = {}): Imported =>
  importOnnx(readFileSync(path), { file: path, name: 'imported', external: externalReader(path), ...options })

export interface Expected {
  /** uint8 [N, 3, H, W] */
  images: Uint8Array
  shape: readonly number[]
  /** float32 [N, classes] */
  outputs: Float32Array
}

export function expectedOf(folder: string, name: string): Expected {
  const { tensors } = decodeSafetensors(readFileSync(join(folder, `${name}.safetensors`)))
  const [images, outputs] = [tensors.get('images')!, tensors.get('expected')!]
  return { images: images.data as Uint8Array, shape: images.shape, outputs: outputs.data as Float32Array }
}

/** What a network's file gives in ONNX Runtime for uint8 images [N, 3, H, W]. */
export async function runNetwork(
  file: Uint8Array,
  images: Uint8Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const session = await createSession(file, { threads: 1, optimisation: 'on', spinning: false })
  try {
    return (await runSession(session, images, shape)).data as Float32Array
  } finally {
    await session.session.release()
  }
}

/** Rows of probabilities. */
export function softmax(logits: Float32Array, classes: number): Float32Array {
  const out = new Float32Array(logits.length)
  for (let row = 0; row < logits.length; row += classes) {
    const exps = [...logits.subarray(row, row + classes)].map(Math.exp)
    const sum = exps.reduce((total, one) => total + one, 0)
    exps.forEach((one, at) => {
      out[row + at] = one / sum
    })
  }
  return out
}

/** Largest difference over the largest expected value. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let [largest, scale] = [0, 0]
  for (let at = 0; at < actual.length; at++) {
    largest = Math.max(largest, Math.abs(actual[at]! - expected[at]!))
    scale = Math.max(scale, Math.abs(expected[at]!))
  }
  return largest / scale
}

/** Every second channel of every group, at least one. */
const half = (groups: ReturnType<typeof channelGroups>['groups']): Map<string, number[]> =>
  new Map(groups.map(({ name, size }) => [name, [...Array(size).keys()].filter((at) => at % 2 === 0)]))

/** Import → what PyTorch computes; half of all channels gone → what a mask computes; both with the counted MACs. */
export async function checkImport(path: string, { images, shape, outputs }: Expected, inside = false): Promise<void> {
  const { model, ending } = importFile(path, inside ? {} : cifar)
  const { network } = model
  const exported = exportNetwork(model)
  const logits = await runNetwork(exported, images, shape)
  const result = ending === 'softmax' ? softmax(logits, network.classes) : logits
  expect(relativeDifference(result, outputs)).toBeLessThan(1e-4)
  expect(countOnnx(exported).macs).toBe(totalCost(network).macs)

  const { groups } = channelGroups(network)
  const kept = half(groups)
  const pruned = removeFilters(model, kept)
  const small = exportNetwork(pruned)
  const expected = await runNetwork(exportNetwork(masked(model, kept)), images, shape)
  expect(relativeDifference(await runNetwork(small, images, shape), expected)).toBeLessThan(1e-4)
  expect(countOnnx(small).macs).toBe(totalCost(pruned.network).macs)
  expect(totalCost(pruned.network).macs).toBeLessThan(0.75 * totalCost(network).macs)
}
