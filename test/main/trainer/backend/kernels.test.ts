import { createRequire } from 'node:module'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { Sides, Window } from '#common/network/window.ts'
import { random } from '#common/random.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import type { Kernels, SgdRule, Tensor } from '../../../../src/main/trainer/backend/kernels.ts'
import { portableKernels } from '../../../../src/main/trainer/backend/portable/kernels.ts'
import { describeWith } from '../../../support/requires.ts'
import { expectClose } from '../../../support/trainingChecks.ts'

type Tf = typeof import('@tensorflow/tfjs')

const shapes = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    size: fc.integer({ min: 3, max: 9 }),
    channels: fc.integer({ min: 1, max: 9 }),
    filters: fc.integer({ min: 1, max: 9 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    stride: fc.integer({ min: 1, max: 2 }),
    padding: fc.oneof(
      fc.integer({ min: 0, max: 2 }).map((side) => [side, side, side, side]),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
    ),
    square: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .map(({ kernel: [rows, columns], stride, padding, square, ...shape }) => {
    const kernel = [rows, square ? rows : columns] as const
    const within = (side: number, index: number) => Math.min(side, kernel[index % 2] - 1)
    const window: Window = { kernel, stride: [stride, stride], padding: padding.map(within) as unknown as Sides }
    return { ...shape, window }
  })
type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never

describeWith('tensorflow', "TensorFlow's kernels against tfjs' plain JavaScript ones", () => {
  let tf: Tf
  let native: Kernels
  let portable: Kernels
  beforeAll(async () => {
    native = (await loadBackend({ threads: 2 })).kernels
    tf = createRequire(import.meta.url)('@tensorflow/tfjs')
    portable = portableKernels(tf)
  })

  /** Runs a computation of tensors on both backends from equal numbers, and compares all results. */
  function compare(seed: number, compute: (kernels: Kernels, numbers: (shape: number[]) => Tensor) => Tensor[]): void {
    const results = [
      ['tensorflow', native],
      ['cpu', portable],
    ] as const
    const [found, expected] = results.map(([name, kernels]) => {
      tf.setBackend(name)
      const before = tf.memory().numTensors
      const rng = random(seed, 'numbers')
      const numbers = (shape: number[]) =>
        kernels.upload(
          Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
          shape,
        )
      const values = kernels.scope(() =>
        compute(kernels, numbers).map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync().slice() })),
      )
      expect(tf.memory().numTensors).toBe(before)
      return values
    })
    expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape))
    for (const [at, { values }] of found.entries()) expectClose(values, expected[at].values, 1e-5, `result ${at}`)
  }
  const forAll = (check: (shape: Shape) => void) => fc.assert(fc.property(shapes, check), { seed: 7, numRuns: 60 })

  it('convolution and its gradients', () =>
    forAll(({ count, size, channels, filters, window, seed }) => {
      compare(seed, (kernels, numbers) => {
        const input = numbers([count, size, size, channels])
        const filter = numbers([...window.kernel, channels, filters])
        const output = kernels.conv(input, filter, window)
        const gradient = numbers(output.shape)
        return [
          output,
          kernels.convInputGradient(input.shape, filter, gradient, window),
          kernels.convFilterGradient(input, filter.shape, gradient, window),
          kernels.biasGradient(gradient),
          kernels.biasAdd(output, numbers([filters])),
        ]
      })
    }))

  it('depthwise convolution and its gradients', () =>
    forAll(({ count, size, channels, window, seed }) => {
      compare(seed, (kernels, numbers) => {
        const input = numbers([count, size, size, channels])
        const filter = numbers([...window.kernel, channels, 1])
        const output = kernels.depthwise(input, filter, window)
        const gradient = numbers(output.shape)
        return [
          output,
          kernels.depthwiseInputGradient(input.shape, filter, gradient, window),
          kernels.depthwiseFilterGradient(input, filter.shape, gradient, window),
        ]
      })
    }))

  it('padded pools, means, ReLU6, concatenation and their gradients', () =>
    forAll(({ count, size, channels, filters, window, seed }) => {
      compare(seed, (kernels, numbers) => {
        const input = numbers([count, size, size, channels])
        const [largest, mean, whole] = [
          kernels.maxPoolTrain(input, window),
          kernels.avgPool(input, window),
          kernels.globalMean(input),
        ]
        const wide = kernels.add(kernels.add(input, input), kernels.add(input, input))
        const capped = kernels.relu(wide, 6)
        return [
          largest.output,
          kernels.maxPool(input, window),
          kernels.maxPoolGradient(numbers(largest.output.shape), input, largest.output, largest.saved, window),
          mean,
          kernels.avgPoolGradient(numbers(mean.shape), input.shape, window),
          whole,
          kernels.globalMeanGradient(numbers(whole.shape), input.shape),
          capped,
          kernels.reluGradient(numbers(input.shape), capped, 6),
          kernels.concat([input, numbers([count, size, size, filters])]),
          kernels.sliceChannels(input, channels - 1, 1),
        ]
      })
    }))

  it('batch normalisation and its gradients, in training and evaluation', () =>
    forAll(({ count, size, channels, seed }) =>
      compare(seed, (kernels, numbers) => {
        const input = numbers([count, size, size, channels])
        const [scale, offset, mean] = [numbers([channels]), numbers([channels]), numbers([channels])]
        const variance = kernels.upload(
          Float32Array.from({ length: channels }, (_, c) => 0.5 + c),
          [channels],
        )
        const gradient = numbers(input.shape)
        const statistics = { mean, variance }
        const trained = kernels.batchNormTrain(input, scale, offset, statistics, 0.1)
        const inTraining = kernels.batchNormTrainGradient(gradient, input, scale, trained.saved)
        const inEvaluation = kernels.batchNormEvalGradient(gradient, input, scale, statistics)
        const rectified = kernels.batchNormTrain(input, scale, offset, statistics, 0.1, true)
        const open = kernels.reluGradient(gradient, rectified.output)
        const throughRelu = kernels.batchNormTrainGradient(open, input, scale, rectified.saved)
        return [
          ...[rectified.output, rectified.runningMean, rectified.runningVariance],
          ...[throughRelu.input, throughRelu.scale, throughRelu.offset],
          kernels.batchNormEval(input, scale, offset, statistics, true),
          ...[trained.output, trained.runningMean, trained.runningVariance],
          ...[inTraining.input, inTraining.scale, inTraining.offset],
          kernels.batchNormEval(input, scale, offset, statistics),
          ...[inEvaluation.input, inEvaluation.scale, inEvaluation.offset],
        ]
      }),
    ))

  it('ReLU, max-pool, matrix products, layouts, cross-entropy, Taylor sums', () =>
    forAll(({ count, size, channels, filters, window: { kernel, stride }, seed }) =>
      compare(seed, (kernels, numbers) => {
        const window: Window = { kernel, stride, padding: [0, 0, 0, 0] }
        const input = numbers([count, size, size, channels])
        const positive = kernels.relu(input)
        const { output: pooled, saved } = kernels.maxPoolTrain(input, window)
        const rows = numbers([count, channels])
        const labels = Int32Array.from({ length: count }, (_, n) => (n + seed) % channels)
        return [
          positive,
          kernels.reluGradient(numbers(input.shape), positive),
          pooled,
          kernels.maxPoolGradient(numbers(pooled.shape), input, pooled, saved, window),
          kernels.matMul(rows, numbers([filters, channels]), false, true),
          kernels.matMul(rows, numbers([count, filters]), true, false),
          kernels.channelsFirst(input),
          kernels.channelsLast(input),
          kernels.reshape(input, [count, size * size * channels]),
          kernels.add(rows, numbers([count, channels])),
          kernels.subtract(rows, numbers([count, channels])),
          kernels.crossEntropyGradient(numbers([count, channels + 1]), labels, 0.25),
          ...Object.values(kernels.taylorSum(input, numbers(input.shape))),
        ]
      }),
    ))

  it('bytes to normalised numbers', () => {
    const images = Uint8Array.from({ length: 2 * 2 * 2 * 3 }, (_, at) => at * 10)
    compare(1, (kernels) => [kernels.normalise(images, [2, 2, 2, 3], [0.5, 0.4, 0.3], [0.25, 0.2, 0.5])])
  })

  it.each([
    ['momentum', { momentum: 0.9, nesterov: false, weightDecay: 0 }],
    ['Nesterov', { momentum: 0.9, nesterov: true, weightDecay: 0 }],
    ['weight decay', { momentum: 0.9, nesterov: true, weightDecay: 0.01 }],
    ['plain', { momentum: 0, nesterov: false, weightDecay: 0 }],
  ])('SGD as PyTorch defines it: %s', (_, constants) => {
    // torch.optim.SGD's update, by hand.
    const expected = { w: [1, -2], v: [0, 0] }
    const steps = [
      { g: [0.5, -1], rate: 0.1 },
      { g: [-0.25, 2], rate: 0.2 },
      { g: [1, 1], rate: 0.05 },
    ]
    for (const { g, rate } of steps) {
      for (const at of [0, 1]) {
        const d = g[at] + constants.weightDecay * expected.w[at]
        expected.v[at] = constants.momentum * expected.v[at] + d
        expected.w[at] -= rate * (constants.nesterov ? d + constants.momentum * expected.v[at] : expected.v[at])
      }
    }
    for (const [name, kernels] of [
      ['tensorflow', native],
      ['cpu', portable],
    ] as const) {
      tf.setBackend(name)
      const values = Float32Array.of(1, -2)
      const parameter = kernels.parameter(values, [2])
      expect(parameter.readVelocity()).toBeUndefined()
      for (const { g, rate } of steps) {
        const rule: SgdRule = { ...constants, rate }
        const update = kernels.beginUpdate(rule)
        const gradient = kernels.upload(Float32Array.from(g), [2])
        update.apply(parameter, gradient)
        gradient.dispose()
        update.dispose()
      }
      expectClose(parameter.read(), expected.w, 1e-6, 'value')
      expectClose(parameter.readVelocity()!, expected.v, 1e-6, 'velocity')
      expect([...values]).toEqual([1, -2])
      parameter.setVelocity(values)
      expect([...parameter.readVelocity()!]).toEqual([1, -2])
      parameter.dispose()
    }
  })

  it("a parameter shares no memory with the caller's array, wherever that lies", () => {
    tf.setBackend('tensorflow')
    // TensorFlow adopts memory that is aligned to 64 bytes and copies other: one of the sixteen is aligned.
    const memory = new ArrayBuffer(256)
    for (let offset = 0; offset < 64; offset += 4) {
      const values = new Float32Array(memory, offset, 32).fill(1)
      const parameter = native.parameter(values, [32])
      const update = native.beginUpdate({ rate: 1, momentum: 0.5, nesterov: false, weightDecay: 0 })
      const gradient = native.upload(values, [32])
      parameter.setVelocity(values)
      values.fill(7)
      update.apply(parameter, gradient)
      expect(new Set(values)).toEqual(new Set([7]))
      expect(new Set(parameter.read())).toEqual(new Set([-0.5]))
      for (const owned of [gradient, update, parameter]) owned.dispose()
    }
  })

  it('a value read before an update keeps its numbers', () => {
    tf.setBackend('tensorflow')
    const parameter = native.parameter(Float32Array.of(1), [1])
    const before = parameter.value()
    const update = native.beginUpdate({ rate: 1, momentum: 0, nesterov: false, weightDecay: 0 })
    const gradient = native.upload(Float32Array.of(5), [1])
    update.apply(parameter, gradient)
    expect([...before.dataSync()]).toEqual([1])
    expect([...parameter.read()]).toEqual([-4])
    for (const owned of [before, gradient, update, parameter]) owned.dispose()
  })
})
