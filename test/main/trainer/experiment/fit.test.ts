import { beforeAll, expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { codecLayers } from '../../../../src/main/trainer/codecs/insert.ts'
import { fitLayers } from '../../../../src/main/trainer/experiment/fit.ts'
import { batchSource } from '../../../../src/main/trainer/experiment/fitBatches.ts'
import type { Workshop } from '../../../../src/main/trainer/experiment/workshop.ts'
import { createExecutor } from '../../../../src/main/trainer/training/executor.ts'
import { randomImages } from '../../../support/candidateRequest.ts'
import { codecKinds, withParts } from '../../../support/codecNetworks.ts'
import { randomModel } from '../../../support/randomModel.ts'
import { describeWith } from '../../../support/requires.ts'
import { expectClose } from '../../../support/trainingChecks.ts'

describeWith('tensorflow', 'fitting layers', () => {
  let shop: Workshop
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2 })
    const train = randomImages(40, 8, 4, 1)
    shop = {
      backend,
      dataset: { ...({} as Workshop['dataset']), train, size: 8, mean: [0.5, 0.45, 0.4] },
      training: { ...profiles.toy.training, batchSize: 16, augment: { crop: 0, flip: false }, weightDecay: 0 },
      seed: 1,
      signal: new AbortController().signal,
      reporter: { progress() {}, metric() {}, log() {} },
    }
  })

  it('from cached features, from features computed for every batch: the same numbers', async () => {
    const model = randomModel(codecKinds.transposed, 2)
    const executor = createExecutor(backend, model)
    for (const limit of [2 ** 30, 0]) {
      const source = await batchSource(shop, model, { from: 'pool1', stream: 'a', limit })
      const labels: number[] = []
      for (const batch of source.epoch(0)) {
        expect(batch.given).toMatchObject({ layer: 'pool1', count: 16 })
        const { values } = batch.given as { values: Float32Array }
        // A label tells which images these can be; the features must be those of one of them.
        const { train } = shop.dataset
        const candidates = [...train.labels.keys()].filter((i) => train.labels[i] === batch.labels[0])
        const known = candidates.map(
          (i) => executor.features(train.images.slice(i * 192, (i + 1) * 192), 1, ['pool1']).get('pool1')!,
        )
        const found = known.some((features) => features.every((value, i) => Math.abs(value - values[i]) < 1e-4))
        expect(found).toBe(true)
        labels.push(...batch.labels)
      }
      expect(labels).toHaveLength(32)
      source.dispose()
    }
    executor.dispose()
  })

  it('is repeatable, and freezes what it is told to', async () => {
    const model = randomModel(codecKinds.condition, 3)
    const layers = codecLayers(model.network, 'pool1')
    const options = { layers, from: 'pool1', epochs: 3, rate: 0.01, stream: 'b' }
    const [first, second] = [await fitLayers(shop, model, options), await fitLayers(shop, model, options)]
    expect(second.weights).toEqual(first.weights)
    for (const [name, values] of model.weights) {
      if (layers.some((layer) => name.startsWith(`${layer}.`)))
        expect(first.weights.get(name), name).not.toEqual(values)
      else expect(first.weights.get(name), name).toEqual(values)
    }
  })

  it('restores features by the mean absolute difference', async () => {
    const network = withParts({
      encoder: [{ op: 'conv', name: 'encoder.conv', filters: 6, kernel: 1, stride: 1, bias: true }],
      decoder: [{ op: 'conv', name: 'decoder.out', filters: 6, kernel: 1, stride: 1, bias: true }],
    })
    const model = randomModel(network, 4)
    const { train } = shop.dataset
    const apart = (one: typeof model): number => {
      const executor = createExecutor(backend, one)
      const found = executor.features(train.images, train.count, ['pool1', 'pool1.decoder.out'])
      executor.dispose()
      const [target, restored] = [found.get('pool1')!, found.get('pool1.decoder.out')!]
      return target.reduce((sum, value, i) => sum + Math.abs(value - restored[i]), 0) / target.length
    }
    const layers = codecLayers(network, 'pool1')
    const fitted = await fitLayers(shop, model, {
      ...{ layers, from: 'pool1', epochs: 100, rate: 0.03, stream: 'c', restore: 'pool1.decoder.out' },
    })
    expect(apart(fitted)).toBeLessThan(0.3 * apart(model))
  })

  it('pulls the chosen scales to 0, and no other', async () => {
    const model = randomModel(codecKinds.condition, 5)
    const name = 'conv1.bn.weight'
    const base = { layers: ['conv1.bn'], epochs: 1, rate: 1e-3, stream: 'd' }
    const plain = await fitLayers(shop, model, base)
    const pulled = await fitLayers(shop, model, { ...base, penalty: { alpha: 1e3, scales: new Map([[name, [0, 2]]]) } })
    const before = model.weights.get(name)!
    // Far stronger than the loss, the penalty alone decides where these go: down by the rates of two steps.
    for (const channel of [0, 2]) expect(pulled.weights.get(name)![channel]).toBeLessThan(before[channel] - 1e-3)
    const others = [1, 3, 4, 5]
    expectClose(
      others.map((channel) => pulled.weights.get(name)![channel]),
      others.map((channel) => plain.weights.get(name)![channel]),
      2e-3,
      'other scales',
    )
  })

  it.each([
    ['from images', undefined, undefined],
    ['from cached features', 'pool1', 2 ** 30],
    ['from features computed for every batch', 'pool1', 0],
  ])('has the teacher speak of the very images of a batch, %s', async (_, from, limit) => {
    const model = randomModel(codecKinds.condition, 6)
    const source = await batchSource(shop, model, {
      from,
      stream: 'e',
      teacher: model,
      ...(limit !== undefined && { limit }),
    })
    const executor = createExecutor(backend, model)
    for (const { given, soft } of source.epoch(0)) {
      // The teacher is the network itself: from the given features its tail must say the same.
      const said =
        'images' in given
          ? executor.predict(given.images, given.count)
          : executor.tail(given.values, given.count, given.layer)
      expectClose(soft!.logits, said, 1e-4, 'logits of the teacher')
    }
    executor.dispose()
    source.dispose()
  })

  it('comes nearer to what a teacher says than labels bring it', async () => {
    const teacher = randomModel(codecKinds.condition, 7)
    const student = randomModel(codecKinds.condition, 8)
    const { train } = shop.dataset
    const logits = (one: typeof teacher): Float32Array => {
      const executor = createExecutor(backend, one)
      const found = executor.predict(train.images, train.count)
      executor.dispose()
      return found
    }
    const target = logits(teacher)
    /** Mean square of the difference of centred logits: what a softmax can tell. */
    const apart = (one: typeof teacher): number => {
      const found = logits(one)
      const classes = found.length / train.count
      const centred = (values: Float32Array) =>
        values.map((value, i) => {
          const start = i - (i % classes)
          return value - values.subarray(start, start + classes).reduce((sum, each) => sum + each, 0) / classes
        })
      const [own, wanted] = [centred(found), centred(target)]
      return own.reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0) / own.length
    }
    const layers = student.network.layers.map(({ name }) => name)
    const options = { layers, epochs: 20, rate: 3e-3, stream: 'f' }
    const labelled = await fitLayers(shop, student, options)
    const taught = await fitLayers(shop, student, { ...options, teacher })
    expect(apart(taught)).toBeLessThan(0.5 * apart(student))
    expect(apart(taught)).toBeLessThan(0.5 * apart(labelled))
  })
})
