import { beforeAll, expect, it } from 'vitest'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { channelsFirst } from '../../../../src/main/trainer/candidates/images.ts'
import { quantise } from '../../../../src/main/trainer/onnx/coding.ts'
import { countOnnx } from '../../../../src/main/trainer/onnx/cost.ts'
import { codingOfWire } from '../../../../src/main/trainer/onnx/crossing.ts'
import { exportHead, exportTail } from '../../../../src/main/trainer/onnx/export.ts'
import { createExecutor } from '../../../../src/main/trainer/training/executor.ts'
import { createFitter } from '../../../../src/main/trainer/training/fitter.ts'
import { createSession, runSession } from '../../../../src/system/onnxruntime.ts'
import { codecKinds, withParts } from '../../../support/codecNetworks.ts'
import { randomBytes, randomModel } from '../../../support/randomModel.ts'
import { describeWith } from '../../../support/requires.ts'
import { checkEvaluation, checkGradients, expectClose } from '../../../support/trainingChecks.ts'

const count = 3

async function run(file: Uint8Array, data: Parameters<typeof runSession>[1], shape: readonly number[]) {
  const session = await createSession(file, { threads: 1, optimisation: 'on' })
  const result = await runSession(session, data, shape)
  await session.session.release()
  return result
}

/** Head and tail of a network with a codec at pool1 in ONNX Runtime, against the trainer. */
async function expectExported(backend: Backend, network: Network): Promise<void> {
  const model = randomModel(network, 4)
  const point = partitionPoints(network).find(({ name }) => name === 'pool1')!
  const { height } = inferShapes(network).get('input')!
  const images = randomBytes(count * height * height * 3, random(4, 'images'))
  const coding = codingOfWire(model, point.layer) ?? { type: 'float32' as const }
  const head = exportHead(model, point.layer, coding)
  const tail = exportTail(model, point.layer, coding)
  expect(countOnnx(head).macs).toBe(point.headMacs)
  expect(countOnnx(tail).macs).toBe(point.tailMacs)
  const executor = createExecutor(backend, model)
  const features = await run(head, channelsFirst(images, count), [count, 3, height, height])
  const logits = await run(tail, features.data, features.shape)
  const encoded = point.layer.includes('wire.') || point.layer.includes('codebook')
  const before = encoded ? network.layers.find(({ name }) => name === point.layer)!.inputs[0] : point.layer
  const values = executor.features(images, count, [before]).get(before)!
  if (coding.type === 'float32') expectClose(features.data as Float32Array, values, 1e-5, 'features')
  else {
    const codes = quantise(values, coding)
    const differing = codes.filter((code, i) => code !== features.data[i]).length
    expect(features.data).toBeInstanceOf(Uint8Array)
    expect(new Set(codes).size).toBeGreaterThan(1)
    expect(differing).toBeLessThanOrEqual(Math.ceil(codes.length / 100))
  }
  // A wire without randomness is part of the trainer's own forward pass.
  expectClose(logits.data as Float32Array, executor.predict(images, count), 1e-3, 'logits')
  executor.dispose()
}

describeWith('tensorflow', 'layers of codecs', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2 })
  })

  for (const [kind, network] of Object.entries(codecKinds)) {
    it(`${kind} computes its formula, has its gradients, and is the same in ONNX Runtime`, async () => {
      checkEvaluation(backend, network, 2)
      checkGradients(backend, network, { seed: 3, mode: 'train' })
      await expectExported(backend, network)
    })
  }

  it('uniform and learned codes leave an exported head as the trainer computes them', async () => {
    const grid = { low: -1, high: 1 }
    const narrow = { op: 'conv', name: 'encoder.conv', filters: 6, kernel: 1, stride: 1, bias: true } as const
    const tanh = { op: 'activation', name: 'encoder.tanh', kind: 'tanh' } as const
    for (const bits of [1, 3, 8]) {
      const wire = [{ op: 'quantise', name: 'wire.codes', bits, pull: 0, ...grid } as const]
      await expectExported(backend, withParts({ encoder: [narrow, tanh], wire }))
    }
    const book = { op: 'codebook', name: 'encoder.codebook', bypass: false, pull: 1, bits: 2 } as const
    await expectExported(backend, withParts({ encoder: [narrow, tanh], wire: [{ ...book, kind: 'scalar' }] }))
    const flat = [
      { op: 'flatten', name: 'encoder.flatten' } as const,
      { op: 'dense', name: 'encoder.fc', outputs: 5 } as const,
    ]
    await expectExported(backend, withParts({ encoder: [...flat, tanh], wire: [{ ...book, kind: 'vector', bits: 3 }] }))
    // Vectors of neighbouring channels on a map, and of a vector's elements.
    for (const [size, bits] of [[3, 4] as const, [2, 8] as const, [6, 3] as const]) {
      await expectExported(
        backend,
        withParts({ encoder: [narrow, tanh], wire: [{ ...book, kind: 'vector', size, bits }] }),
      )
    }
    await expectExported(
      backend,
      withParts({
        encoder: [flat[0]!, { op: 'dense', name: 'encoder.fc', outputs: 6 }, tanh],
        wire: [{ ...book, kind: 'vector', size: 2, bits: 3 }],
      }),
    )
  })

  it('codewords learn by their own losses: each goes where the values are that it stands for', () => {
    const flat = [
      { op: 'flatten', name: 'encoder.flatten' } as const,
      { op: 'dense', name: 'encoder.fc', outputs: 4 } as const,
    ]
    const network = withParts({
      encoder: flat,
      wire: [{ op: 'codebook', name: 'encoder.codebook', kind: 'vector', bits: 1, bypass: false, pull: 1 }],
      decoder: [{ op: 'dense', name: 'decoder.fc', outputs: 96 }],
    })
    const model = randomModel(network, 5)
    const name = 'pool1.encoder.codebook.weight'
    const fitter = createFitter(backend, model, new Set(['pool1.encoder.codebook']))
    const values = Float32Array.from({ length: 8 * 96 }, (_, i) => Math.sin(i))
    const given = { layer: 'pool1', values, count: 8 }
    for (let step = 0; step < 400; step++) {
      fitter.step({ given, labels: [0, 1, 2, 3, 0, 1, 2, 3], rule: { rate: 0.05, weightDecay: 0 } })
    }
    const after = fitter.weights()
    fitter.dispose()
    for (const [key, tensor] of model.weights) if (key !== name) expect(after.get(key)).toEqual(tensor)
    // Every word ends at the mean of its vectors: that is where its squared error is smallest.
    const dense = model.weights.get('pool1.encoder.fc.weight')!
    const bias = model.weights.get('pool1.encoder.fc.bias')!
    const vectors = Array.from({ length: 8 }, (_, n) =>
      Array.from({ length: 4 }, (_, o) => {
        let sum = bias[o]
        for (let i = 0; i < 96; i++) sum += values[n * 96 + i] * dense[o * 96 + i]
        return sum
      }),
    )
    const words = [0, 1].map((word) => [...after.get(name)!.subarray(word * 4, word * 4 + 4)])
    const distance = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0)
    for (const word of [0, 1]) {
      const own = vectors.filter((vector) => distance(vector, words[word]) <= distance(vector, words[1 - word]))
      if (own.length === 0) continue
      const mean = words[word].map((_, i) => own.reduce((sum, vector) => sum + vector[i], 0) / own.length)
      expectClose(words[word], mean, 0.02, `word ${word}`)
    }
  })

  it('only the named layers learn, and frozen normalisation keeps its statistics', () => {
    const network = codecKinds.transposed
    const model = randomModel(network, 6)
    const trained = new Set(['pool1.encoder.conv', 'pool1.decoder.conv'])
    const fitter = createFitter(backend, model, trained)
    const images = randomBytes(6 * 192, random(6, 'images'))
    const before = fitter.step({
      given: { images, count: 6 },
      labels: [0, 1, 2, 3, 0, 1],
      rule: { rate: 0.01, weightDecay: 0 },
    })
    let after = before
    for (let i = 0; i < 40; i++) {
      after = fitter.step({
        given: { images, count: 6 },
        labels: [0, 1, 2, 3, 0, 1],
        rule: { rate: 0.01, weightDecay: 0 },
      })
    }
    const weights = fitter.weights()
    fitter.dispose()
    expect(after.loss).toBeLessThan(before.loss * 0.8)
    for (const [name, values] of model.weights) {
      const learns = [...trained].some((layer) => name.startsWith(`${layer}.`))
      if (learns) expect(weights.get(name), name).not.toEqual(values)
      else expect(weights.get(name), name).toEqual(values)
    }
  })

  it('takes Adam steps as their definition says', () => {
    const network = codecKinds.prelu
    const model = randomModel(network, 7)
    const images = randomBytes(4 * 192, random(7, 'images'))
    const labels = [0, 1, 2, 3]
    const executor = createExecutor(backend, model)
    const gradient = executor.gradients(images, labels, 'eval').get('pool1.encoder.a.weight')!
    executor.dispose()
    const fitter = createFitter(backend, model, new Set(['pool1.encoder.a']))
    const rule = { rate: 0.01, weightDecay: 0.1 }
    fitter.step({ given: { images, count: 4 }, labels, rule })
    const slopes = model.weights.get('pool1.encoder.a.weight')!
    // The first step is rate · g/(|g| + ε), g with the pull of the weight decay.
    const expected = slopes.map((slope, c) => {
      const g = gradient[c] + 0.1 * slope
      return slope - (0.01 * g) / (Math.abs(g) + 1e-8)
    })
    expectClose(fitter.weights().get('pool1.encoder.a.weight')!, expected, 1e-5, 'slopes')
    fitter.dispose()
  })

  it('leaves no tensor behind', () => {
    const before = backend.memory().numTensors
    const fitter = createFitter(
      backend,
      randomModel(codecKinds.gdn, 8),
      new Set(codecKinds.gdn.layers.map(({ name }) => name)),
    )
    const images = randomBytes(4 * 192, random(8, 'images'))
    const step = { given: { images, count: 4 }, labels: [0, 1, 2, 3], rule: { rate: 0.01, weightDecay: 0 } }
    fitter.step(step)
    const held = backend.memory().numTensors
    fitter.step(step)
    expect(backend.memory().numTensors).toBe(held)
    fitter.dispose()
    expect(backend.memory().numTensors).toBe(before)
  })
})
