import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Imported, ImportOptions } from '#common/formats/onnx/import/index.ts'
import { importOnnx } from '#common/formats/onnx/import/index.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import { externalReader } from '../../src/main/trainer/import/files.ts'
import { createSession, runSession } from '../../src/system/onnxruntime.ts'

/** ONNX files of others with images and what their makers compute for them: written by `make.py` there. */
export const importFixtures = join(import.meta.dirname, '..', 'fixtures', 'import')

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
export async function runNetwork(file: Uint8Array, images: Uint8Array, shape: readonly number[]): Promise<Float32Array> {
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
    const distance = Math.abs(actual[at]! - expected[at]!)
    if (!(distance <= largest)) largest = distance
    scale = Math.max(scale, Math.abs(expected[at]!))
  }
  return largest / scale
}
