import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type * as TensorFlow from '@tensorflow/tfjs'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js'
import type { Loaded } from '../index.ts'
import { tensorflowKernels } from './kernels.ts'

const load = createRequire(import.meta.url)

/** Loads tfjs-node with its native library. Throws what the loader throws where it is not there or does not fit. */
export function loadTensorFlow(threads: number): Loaded {
  // TensorFlow reads these once, when it is loaded. Operations run one after the other, so the threads are within them.
  process.env.TF_NUM_INTRAOP_THREADS = String(threads)
  process.env.TF_NUM_INTEROP_THREADS = '1'
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  restoreRemovedHelpers()
  const tf = load('@tensorflow/tfjs-node') as typeof TensorFlow
  const backend = tf.backend() as NodeJSKernelBackend
  const { TF_Version } = backend.binding as unknown as { TF_Version: string }
  return {
    tf,
    kernels: tensorflowKernels(tf, backend),
    name: 'tensorflow',
    origin: origin(),
    versions: { tensorflow: TF_Version, 'tfjs-node': tf.version.tfjs },
  }
}

/** tfjs-node 4.22 calls helpers that Node 23 removed (tensorflow/tfjs#8425, fixed there but never released). */
function restoreRemovedHelpers(): void {
  const util = load('node:util') as Record<string, unknown>
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined
  util.isArray ??= Array.isArray
}

/** Where the set-up took the native library from. */
function origin(): string {
  const folder = dirname(load.resolve('@tensorflow/tfjs-node/package.json'))
  try {
    return JSON.parse(readFileSync(join(folder, 'deps', 'provenance.json'), 'utf8')).origin
  } catch {
    return 'cdn'
  }
}
