import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type * as TensorFlow from '@tensorflow/tfjs'
import type * as Wasm from '@tensorflow/tfjs-backend-wasm'
import type { Loaded } from '../index.ts'
import { registerConvGradients } from './convGradients.ts'
import { portableKernels } from './kernels.ts'
import { replaceMaxPoolGradient } from './maxPoolGradient.ts'

const load = createRequire(import.meta.url)

/** The backend that npm alone provides: WebAssembly with SIMD, one thread. */
export async function loadWasm(): Promise<Loaded> {
  const tf = load('@tensorflow/tfjs') as typeof TensorFlow
  const wasm = load('@tensorflow/tfjs-backend-wasm') as typeof Wasm
  const folder = dirname(load.resolve('@tensorflow/tfjs-backend-wasm/package.json'))
  wasm.setWasmPaths(`${join(folder, 'dist')}/`)
  if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly does not start')
  registerConvGradients(tf, 'wasm')
  replaceMaxPoolGradient(tf, 'wasm')
  return {
    tf,
    kernels: portableKernels(tf),
    name: 'wasm',
    origin: 'npm',
    versions: { tfjs: tf.version.tfjs, 'tfjs-backend-wasm': wasm.version_wasm },
  }
}
