import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { createExecutor } from '../../../../src/main/trainer/training/executor.ts'
import { branchingNetwork } from '../../../support/branchingNetworks.ts'
import { toyNetwork } from '../../../support/handNetworks.ts'
import { randomModel } from '../../../support/randomModel.ts'
import { randomNetwork } from '../../../support/randomNetwork.ts'
import { checkEvaluation, checkGradients, checkTaylor, randomBatch } from '../../../support/trainingChecks.ts'

const fixed = { seed: 20261127, numRuns: 25 }
const anySeed = fc.integer({ min: 0, max: 1e6 })

describe('executor on WebAssembly', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2, prefer: 'wasm' })
    expect(backend.name).toBe('wasm')
    expect(backend.threads).toBe(1)
  })

  it('evaluates any network as the reference does', () => {
    fc.assert(
      fc.property(randomNetwork, anySeed, (network, seed) => checkEvaluation(backend, network, seed)),
      fixed,
    )
  })

  it.each(['train', 'eval'] as const)('differentiates any network (%s)', (mode) => {
    fc.assert(
      fc.property(randomNetwork, anySeed, (network, seed) => checkGradients(backend, network, { seed, mode })),
      fixed,
    )
  })

  it('does so with shortcuts, depthwise convolutions, concatenations and odd windows', () => {
    fc.assert(
      fc.property(branchingNetwork, anySeed, (network, seed) => {
        checkEvaluation(backend, network, seed, false)
        checkGradients(backend, network, { seed, mode: 'train', samples: 3 })
      }),
      { ...fixed, numRuns: 15 },
    )
  })

  it('sums Taylor terms', () => checkTaylor(backend, toyNetwork({ size: 6, filters: 3 }), 3, 'eval'))

  it('learns a batch by heart, deterministically and without leaking', () => {
    const network = toyNetwork()
    const { images, labels } = randomBatch(network, 8, 1)
    const train = () => {
      const executor = createExecutor(backend, randomModel(network, 1))
      const rule = { rate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 5e-4 }
      const losses: number[] = []
      let held = 0
      for (let step = 0; step < 40; step++) {
        losses.push(executor.trainStep(images, labels, rule).loss)
        if (step === 1) held = backend.memory().numTensors
      }
      expect(backend.memory().numTensors).toBe(held)
      const weights = executor.weights()
      executor.dispose()
      return { losses, weights }
    }
    const first = train()
    expect(first.losses.at(-1)).toBeLessThan(0.1)
    expect(train()).toEqual(first)
    expect(backend.memory().numTensors).toBe(0)
  })
})
