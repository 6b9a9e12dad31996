/** Checks of a backend against the double-precision reference, used for TensorFlow and for WebAssembly. */
import { expect } from 'vitest'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../../src/main/trainer/backend/index.ts'
import { createExecutor } from '../../src/main/trainer/training/executor.ts'
import { randomBytes, randomModel } from './randomModel.ts'
import { batchOutputs, derivative, inDoubles, lossSum } from './referenceTraining.ts'

export function randomBatch(network: Network, count: number, seed: number): { images: Uint8Array; labels: number[] } {
  const rng = random(seed, 'batch')
  const [input] = network.layers
  const bytes = input.op === 'input' ? input.channels * input.height * input.width : 0
  return {
    images: randomBytes(count * bytes, rng),
    labels: Array.from({ length: count }, () => rng.below(network.classes)),
  }
}

/** |a − b| ≤ tolerance · (1 + the largest |b|), everywhere. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length)
  const scale = 1 + Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  for (let at = 0; at < expected.length; at++) {
    const error = Math.abs(actual[at] - expected[at]) / scale
    if (!(error <= tolerance)) expect.fail(`${what}[${at}]: ${actual[at]} instead of ${expected[at]}`)
  }
}

/** Every parameter's gradient of the mean loss against central differences; at most `samples` numbers of each tensor. */
export function checkGradients(
  backend: Backend,
  network: Network,
  {
    seed,
    mode,
    count = 4,
    samples = 6,
    tolerance = 1e-3,
  }: { seed: number; mode: 'train' | 'eval'; count?: number; samples?: number; tolerance?: number },
): void {
  const model = randomModel(network, seed)
  const { images, labels } = randomBatch(network, count, seed)
  const executor = createExecutor(backend, model)
  const gradients = executor.gradients(images, labels, mode)
  executor.dispose()
  const weights = inDoubles(model)
  const last = network.layers.at(-1)!.name
  const loss = () => lossSum(batchOutputs(model, weights, images, count, mode).get(last)!, labels) / count
  const rng = random(seed, 'samples')
  for (const [name, found] of gradients) {
    const places = Array.from({ length: Math.min(samples, found.length) }, () => rng.below(found.length))
    const expected = places.map((at) => derivative(weights.get(name)!, at, loss))
    expectClose(
      places.map((at) => found[at]),
      expected,
      tolerance,
      `${mode} gradient of ${name}`,
    )
  }
}

/** All layers' outputs in evaluation mode, and the tail from each of them, against the reference. */
export function checkEvaluation(backend: Backend, network: Network, seed: number, tails = true): void {
  const count = 3
  const model = randomModel(network, seed)
  const { images } = randomBatch(network, count, seed)
  const names = network.layers.map((layer) => layer.name)
  const expected = batchOutputs(model, inDoubles(model), images, count, 'eval')
  const executor = createExecutor(backend, model)
  const features = executor.features(images, count, names)
  const logits = expected.get(names.at(-1)!)!.data
  expectClose(executor.predict(images, count), logits, 1e-4, 'logits')
  for (const name of names) {
    expectClose(features.get(name)!, expected.get(name)!.data, 1e-4, name)
    // A network with shortcuts continues from its partition points only.
    if (!tails && !partitionPoints(network).some(({ layer }) => layer === name)) continue
    expectClose(executor.tail(features.get(name)!, count, name), logits, 1e-4, `tail after ${name}`)
  }
  executor.dispose()
}

/** Taylor sums of every ReLU against Σ_n |mean over positions of ∂C_n/∂z·z|, with ∂C/∂z by central differences. */
export function checkTaylor(backend: Backend, network: Network, seed: number, mode: 'train' | 'eval'): void {
  const count = 3
  const model = randomModel(network, seed)
  const { images, labels } = randomBatch(network, count, seed)
  const relus = network.layers.filter((layer) => layer.op === 'relu').map((layer) => layer.name)
  const executor = createExecutor(backend, model)
  const found = executor.taylor(images, labels, relus, { mode })
  executor.dispose()
  const weights = inDoubles(model)
  const last = network.layers.at(-1)!.name
  const h = 1e-6
  for (const layer of relus) {
    const { shape, data } = batchOutputs(model, weights, images, count, mode).get(layer)!
    const [, channels, height, width] = shape
    const loss = (at: number, by: number) =>
      lossSum(batchOutputs(model, weights, images, count, mode, { layer, at, by }).get(last)!, labels)
    const terms = Float64Array.from(data, (z, at) => (z === 0 ? 0 : (z * (loss(at, h) - loss(at, -h))) / (2 * h)))
    const area = height * width
    const sums = Array.from({ length: channels }, (_, c) => {
      const sum = { absolute: 0, signed: 0 }
      for (let n = 0; n < count; n++) {
        const start = (n * channels + c) * area
        const mean = terms.subarray(start, start + area).reduce((a, b) => a + b, 0) / area
        sum.absolute += Math.abs(mean)
        sum.signed += mean
      }
      return sum
    })
    for (const form of ['absolute', 'signed'] as const) {
      expectClose(
        found.get(layer)![form],
        sums.map((sum) => sum[form]),
        1e-3,
        `${form} Taylor sums of ${layer}`,
      )
    }
  }
}
