import type * as TensorFlow from '@tensorflow/tfjs'
import { CodedError } from '#common/errors.ts'
import { setUpHint } from '../../../system/setUp.ts'
import type { Fingerprint } from './fingerprint.ts'
import { fingerprint } from './fingerprint.ts'
import type { Kernels } from './kernels.ts'
import { loadWasm } from './portable/load.ts'
import { loadTensorFlow } from './tensorflow/load.ts'

export interface Loaded {
  tf: typeof TensorFlow
  kernels: Kernels
  name: 'tensorflow' | 'wasm'
  /** Where the native part came from: "cdn", "pip wheel", "npm". */
  origin: string
  versions: Record<string, string>
}

/** What computes tensors in this process. */
export interface Backend extends Omit<Loaded, 'tf'> {
  threads: number
  /** Why the faster backend is not in use. */
  degraded?: string
  /** Live tensors. */
  memory(): { numTensors: number; numBytes: number }
  /** The numeric fingerprint: equal fingerprint and seed give identical weights. */
  fingerprint: Fingerprint
}

/**
 * Loads TensorFlow through tfjs-node, or, where that cannot be had, tfjs' WebAssembly backend (many times slower; one
 * thread). The thread count is fixed for the life of the process.
 *
 * @throws CodedError `component-missing` where neither loads.
 */
export async function loadBackend({
  threads,
  prefer = 'tensorflow',
}: {
  threads: number
  prefer?: Loaded['name']
}): Promise<Backend> {
  let degraded: string | undefined
  if (prefer === 'tensorflow') {
    try {
      return complete(loadTensorFlow(threads), threads)
    } catch (error) {
      degraded = firstLine(error)
    }
  }
  try {
    return { ...complete(await loadWasm(), 1), ...(degraded === undefined ? {} : { degraded }) }
  } catch (error) {
    throw new CodedError(
      'component-missing',
      `Nothing here can train a network: ${degraded ? `TensorFlow: ${degraded}; ` : ''}WebAssembly: ${firstLine(error)}.`,
      setUpHint(),
    )
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.$/, '')

function complete({ tf, ...loaded }: Loaded, threads: number): Backend {
  return {
    ...loaded,
    threads,
    memory: () => {
      const { numTensors, numBytes } = tf.memory()
      return { numTensors, numBytes }
    },
    fingerprint: fingerprint(loaded.name, loaded.versions, threads),
  }
}
