import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { createExecutor } from '../../../../src/main/trainer/training/executor.ts'
import { branchingNetwork } from '../../../support/branchingNetworks.ts'
import { toyNetwork } from '../../../support/handNetworks.ts'
import { randomModel } from '../../../support/randomModel.ts'
import { randomNetwork } from '../../../support/randomNetwork.ts'
import { batchOutputs, inDoubles } from '../../../support/referenceTraining.ts'
import { describeWith } from '../../../support/requires.ts'
import {
  checkEvaluation,
  checkGradients,
  checkTaylor,
  expectClose,
  randomBatch,
} from '../../../support/trainingChecks.ts'

// Kinks of ReLU and max-pool make finite differences wrong at unlucky points: the drawn cases are fixed.
const fixed = { seed: 20261127 }
const anySeed = fc.integer({ min: 0, max: 1e6 })

describeWith('tensorflow', 'executor on TensorFlow', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2 })
    expect(backend.name).toBe('tensorflow')
  })

  it('evaluates any network as the reference does, whole and from every layer on', () => {
    fc.assert(
      fc.property(randomNetwork, anySeed, (network, seed) => checkEvaluation(backend, network, seed)),
      { ...fixed, numRuns: 60 },
    )
  })

  it.each(['train', 'eval'] as const)('differentiates any network (%s)', (mode) => {
    fc.assert(
      fc.property(randomNetwork, anySeed, (network, seed) => checkGradients(backend, network, { seed, mode })),
      { ...fixed, numRuns: 40 },
    )
  })

  it('evaluates networks with shortcuts, depthwise convolutions, concatenations and odd windows as the reference does', () => {
    fc.assert(
      fc.property(branchingNetwork, anySeed, (network, seed) => checkEvaluation(backend, network, seed, false)),
      { ...fixed, numRuns: 40 },
    )
  })

  it.each(['train', 'eval'] as const)(
    'differentiates such networks: gradients of several readers add up (%s)',
    (mode) => {
      fc.assert(
        fc.property(branchingNetwork, anySeed, (network, seed) => checkGradients(backend, network, { seed, mode })),
        { ...fixed, numRuns: 40 },
      )
    },
  )

  it.each(['train', 'eval'] as const)('sums Taylor terms per example before the absolute value (%s)', (mode) => {
    checkTaylor(backend, toyNetwork({ size: 6, filters: 3 }), 3, mode)
  })

  it('moves running statistics by a tenth towards the batch, with its unbiased variance and the bias', () => {
    const network = toyNetwork()
    const model = randomModel(network, 5)
    const { images, labels } = randomBatch(network, 4, 5)
    const executor = createExecutor(backend, model)
    executor.trainStep(images, labels, { rate: 0, momentum: 0.9, nesterov: true, weightDecay: 0 })
    const after = executor.weights()
    executor.dispose()
    const outputs = batchOutputs(model, inDoubles(model), images, 4, 'train')
    for (const unit of ['conv1', 'conv2']) {
      const { shape, data } = outputs.get(unit)!
      const [, channels, height, width] = shape
      const area = height * width
      for (let c = 0; c < channels; c++) {
        const values = Array.from(data).filter((_, at) => Math.floor(at / area) % channels === c)
        const mean = values.reduce((a, b) => a + b, 0) / values.length
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
        const before = (suffix: string) => model.weights.get(`${unit}.bn.${suffix}`)![c]
        expect(after.get(`${unit}.bn.running_mean`)![c]).toBeCloseTo(0.9 * before('running_mean') + 0.1 * mean, 4)
        expect(after.get(`${unit}.bn.running_var`)![c]).toBeCloseTo(0.9 * before('running_var') + 0.1 * variance, 4)
      }
    }
  })

  it('trains a bias before a normalisation by weight decay alone', () => {
    const network = toyNetwork()
    const model = randomModel(network, 6)
    const { images, labels } = randomBatch(network, 4, 6)
    const executor = createExecutor(backend, model)
    executor.trainStep(images, labels, { rate: 0.5, momentum: 0.9, nesterov: false, weightDecay: 0.1 })
    const before = model.weights.get('conv1.bias')!
    expectClose(
      executor.weights().get('conv1.bias')!,
      before.map((value) => value * 0.95),
      1e-6,
      'bias',
    )
    executor.dispose()
  })

  it('keeps weights, leaves the model alone, and returns momentum in file layout', () => {
    const network = toyNetwork()
    const model = randomModel(network, 7)
    const copy = new Map([...model.weights].map(([name, values]) => [name, values.slice()]))
    const { images, labels } = randomBatch(network, 5, 7)
    const executor = createExecutor(backend, model)
    expect(executor.weights()).toEqual(copy)
    expect(executor.optimiserState().size).toBe(0)
    const gradients = executor.gradients(images, labels)
    expect(executor.weights()).toEqual(copy)
    const rule = { rate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0 }
    executor.trainStep(images, labels, rule)
    // From rest, the buffer is the gradient and the step is rate · (1 + momentum) · gradient.
    for (const [name, velocity] of executor.optimiserState()) {
      expectClose(velocity, gradients.get(name)!, 1e-6, `velocity of ${name}`)
      const moved = copy.get(name)!.map((value, at) => value - 0.1 * 1.9 * gradients.get(name)![at])
      expectClose(executor.weights().get(name)!, moved, 1e-6, name)
    }
    expect([...executor.optimiserState().keys()]).toContain('conv1.weight')
    const other = createExecutor(backend, { network, weights: executor.weights() })
    other.setOptimiserState(executor.optimiserState())
    executor.trainStep(images, labels, rule)
    other.trainStep(images, labels, rule)
    expect(other.weights()).toEqual(executor.weights())
    executor.dispose()
    other.dispose()
    expect(model.weights).toEqual(copy)
  })

  it('frees everything, also after a failure', () => {
    const before = backend.memory().numTensors
    const network = toyNetwork()
    const executor = createExecutor(backend, randomModel(network, 8))
    const { images, labels } = randomBatch(network, 4, 8)
    // Parameters stay read until they change.
    executor.predict(images, 4)
    const held = backend.memory().numTensors
    executor.features(images, 4, ['conv1', 'input', 'fc'])
    executor.taylor(images, labels, ['conv2.relu'])
    expect(() => executor.predict(images, 5)).toThrow()
    expect(backend.memory().numTensors).toBe(held)
    executor.dispose()
    expect(backend.memory().numTensors).toBe(before)
  })
})
