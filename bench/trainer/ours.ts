import type { Network } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../../src/main/trainer/backend/index.ts'
import type { Executor } from '../../src/main/trainer/training/executor.ts'
import { createExecutor } from '../../src/main/trainer/training/executor.ts'
import { initialise } from '../../src/main/trainer/training/initialise.ts'
import type { Contestant } from './rows.ts'

export const rule = { rate: 1e-4, momentum: 0.9, nesterov: true, weightDecay: 5e-4 }

/** Random pixels and labels; the step normalises the bytes itself. */
export function batchFor(network: Network, count: number): { images: Uint8Array; labels: Uint16Array } {
  const rng = random(1, 'bench')
  return {
    images: Uint8Array.from({ length: count * 32 * 32 * 3 }, () => rng.below(256)),
    labels: Uint16Array.from({ length: count }, () => rng.below(network.classes)),
  }
}

/** Times the body over one network on the backend, whose memory goes back after each block. */
export function timed(body: (executor: Executor) => void, executor: Executor): Contestant {
  return async (runs) => {
    const times: number[] = []
    for (let run = 0; run < runs; run++) {
      const start = performance.now()
      body(executor)
      times.push(performance.now() - start)
    }
    return times
  }
}

export const executorFor = (backend: Backend, network: Network): Executor => createExecutor(backend, modelFor(network))

export const modelFor = (network: Network): Model => initialise(network, 1)
