import { beforeAll, expect, it } from 'vitest'
import type { CodebookLayer, QuantiseLayer } from '#common/network/codecLayers.ts'
import { codecWeightShapes } from '#common/network/codecLayers.ts'
import type { Weights } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import type { CodecPart } from '../../../../src/main/trainer/codecs/insert.ts'
import { codecLayers } from '../../../../src/main/trainer/codecs/insert.ts'
import { codecOperator } from '../../../../src/main/trainer/layers/codec/index.ts'
import { createExecutor } from '../../../../src/main/trainer/training/executor.ts'
import { createFitter } from '../../../../src/main/trainer/training/fitter.ts'
import { initialise } from '../../../../src/main/trainer/training/initialise.ts'
import { withParts } from '../../../support/codecNetworks.ts'
import { toyNetwork } from '../../../support/handNetworks.ts'
import { randomBytes, randomModel } from '../../../support/randomModel.ts'
import { describeWith } from '../../../support/requires.ts'
import { expectClose } from '../../../support/trainingChecks.ts'

type Quantiser = QuantiseLayer | CodebookLayer

const place = { name: 'wire', unit: 'pool1', inputs: ['input'] }
const input = { channels: 4, height: 2, width: 3 }
const count = 3
const shape = [count, input.height, input.width, input.channels]
const numbers = (length: number, seed: number): Float32Array => {
  const rng = random(seed, 'numbers')
  return Float32Array.from({ length }, () => 1.6 * rng.next() - 0.8)
}
const values = numbers(count * 24, 1)

const uniform = (bits: number, pull: number): QuantiseLayer => ({
  ...{ ...place, op: 'quantise', bits, low: -1, high: 1, pull },
})
const book = (kind: CodebookLayer['kind'], bits: number, size?: number): CodebookLayer => ({
  ...{ ...place, op: 'codebook', kind, bits, bypass: false, pull: 0.7 },
  ...(size === undefined ? {} : { size }),
})
const weightsOf = (layer: Quantiser): Weights =>
  new Map(
    Object.entries(codecWeightShapes(layer, input)).map(([name, extents]) => [
      name,
      numbers(
        extents.reduce((product, extent) => product * extent, 1),
        2,
      ),
    ]),
  )

describeWith('tensorflow', "quantisers' own losses", () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 1 })
  })

  /** Output and gradients of a quantiser where nothing else pulls at its output. */
  function run(layer: Quantiser, weights: Weights, x: Float32Array) {
    const { kernels } = backend
    const operator = codecOperator(layer, input, weights, kernels)
    const found = kernels.scope(() => {
      const tensor = kernels.upload(x, shape)
      const { output } = operator.forward([tensor], {
        ...{ kernels, mode: 'train', recording: true, updating: true, rectified: false },
      })
      const learned: Float32Array[] = []
      const [gradient] = operator.backward(
        {
          gradient: kernels.upload(new Float32Array(x.length), shape),
          ...{ inputs: [tensor], output, saved: [], inputShapes: [shape], wanted: [true] },
        },
        {
          ...{ kernels, mode: 'train' },
          onGradient: (_, one) => {
            learned.push(one.dataSync<'float32'>().slice())
          },
        },
      )
      return { output: read(output), gradient: read(gradient!), words: learned[0] }
    })
    operator.dispose()
    return found
  }
  const read = (tensor: { dataSync(): ArrayLike<number> }): Float32Array => Float32Array.from(tensor.dataSync())

  /** (f(x + h) − f(x − h)) / 2h by every element; h small enough that no value changes its code. */
  function differences(x: Float32Array, f: (x: Float64Array) => number): Float64Array {
    const h = 1e-4
    return Float64Array.from(x, (_, at) => {
      const at1 = (by: number): number => {
        const moved = Float64Array.from(x)
        moved[at]! += by
        return f(moved)
      }
      return (at1(h) - at1(-h)) / (2 * h)
    })
  }
  const mse = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2
    return sum / a.length
  }

  it('uniform codes pull by pull · mse(x, x̂), and not where they are told not to', () => {
    for (const bits of [2, 4]) {
      const { output, gradient } = run(uniform(bits, 0.7), new Map(), values)
      const loss = (x: Float64Array): number => 0.7 * mse(x, output)
      expectClose(gradient, differences(values, loss), 1e-3, `${bits} bits`)
      expect(run(uniform(bits, 0), new Map(), values).gradient.every((one) => one === 0)).toBe(true)
    }
  })

  it('words and values pull at each other by pull · (mse(e, sg x) + ½ mse(sg e, x))', () => {
    for (const layer of [book('scalar', 2), book('vector', 3, 2), book('vector', 2, 4)]) {
      const weights = weightsOf(layer)
      const { output, gradient, words } = run(layer, weights, values)
      const loss = (x: Float64Array): number => (0.7 / 2) * mse(x, output)
      expectClose(gradient, differences(values, loss), 1e-4, 'values')
      const book = weights.get('wire.weight')!
      const size = layer.size ?? 1
      const chosen = Array.from({ length: values.length / size }, (_, row) => {
        const far = (word: number): number =>
          mse(values.subarray(row * size, (row + 1) * size), book.subarray(word * size, (word + 1) * size))
        const all = Array.from({ length: 2 ** layer.bits }, (_, word) => far(word))
        return all.indexOf(Math.min(...all))
      })
      const lossOfWords = (e: Float64Array): number =>
        0.7 *
        mse(
          values,
          values.map((_, at) => e[chosen[Math.floor(at / size)]! * size + (at % size)]!),
        )
      expectClose(words!, differences(book, lossOfWords), 1e-3, 'words')
      expectClose(
        output,
        values.map((_, at) => book[chosen[Math.floor(at / size)]! * size + (at % size)]!),
        1e-6,
        'output',
      )
    }
  })

  it('more bits bring values nearer to what is sent, with uniform codes and with words', () => {
    const lost = (layer: Quantiser): number => mse(values, run(layer, spread(layer), values).output)
    for (const kind of [
      (bits: number) => uniform(bits, 1),
      (bits: number) => book('scalar', bits),
      (bits: number) => book('vector', bits, 2),
    ]) {
      expect(lost(kind(4))).toBeLessThan(lost(kind(2)) / 2)
    }
  })

  /** Words evenly over the values' range. */
  const spread = (layer: Quantiser): Weights => {
    if (layer.op === 'quantise') return new Map()
    const size = layer.size ?? 1
    const side = Math.round(2 ** (layer.bits / size))
    return new Map([
      [
        'wire.weight',
        Float32Array.from({ length: 2 ** layer.bits * size }, (_, at) => {
          const [word, c] = [Math.floor(at / size), at % size]
          return (2 * (Math.floor(word / side ** c) % side)) / (side - 1) - 1
        }),
      ],
    ])
  }

  /** What is left of a codec that was fitted to classify 24 random maps: its loss, and what its codes lose of the values. */
  function fitted(part: CodecPart): { loss: number; lost: number } {
    const network = withParts({
      encoder: [
        { op: 'conv', name: 'encoder.conv', filters: 6, kernel: 1, stride: 1, bias: true },
        { op: 'activation', name: 'encoder.tanh', kind: 'tanh' },
      ],
      wire: [part],
      decoder: [{ op: 'conv', name: 'decoder.back', filters: 6, kernel: 1, stride: 1, bias: true }],
    })
    const model = initialise(network, 3, randomModel(toyNetwork({ size: 8 }), 3).weights)
    const learning = new Set(codecLayers(network, 'pool1'))
    const fitter = createFitter(backend, model, learning)
    const maps = Float32Array.from({ length: 24 * 96 }, (_, i) => Math.max(0, Math.sin(i * 1.7) + Math.cos(i / 5)))
    const given = { layer: 'pool1', values: maps, count: 24 }
    const labels = Array.from({ length: 24 }, (_, i) => i % 4)
    let loss = 0
    for (let step = 0; step < 120; step++) {
      loss = fitter.step({ given, labels, rule: { rate: 0.02, weightDecay: 0 } }).loss
    }
    const weights = fitter.weights()
    fitter.dispose()
    const executor = createExecutor(backend, { network, weights })
    const images = randomBytes(24 * 192, random(3, 'images'))
    const codes = `pool1.${part.name}`
    const found = executor.features(images, 24, ['pool1.encoder.tanh', codes])
    executor.dispose()
    return { loss, lost: mse(found.get('pool1.encoder.tanh')!, found.get(codes)!) }
  }

  it('fitted with their codec, 4 bits lose less than 2, and the pull does not keep 2 bits from learning', () => {
    const grid = (bits: number, pull: number): CodecPart => ({
      ...{ op: 'quantise', name: 'wire.codes', bits, low: -1, high: 1, pull },
    })
    const [coarse, fine, free] = [fitted(grid(2, 1)), fitted(grid(4, 1)), fitted(grid(2, 0))]
    expect(fine.lost).toBeLessThan(coarse.lost / 4)
    expect(fine.loss).toBeLessThan(coarse.loss + 0.1)
    expect(coarse.loss).toBeLessThan(free.loss + 0.15)
    const scalars = (bits: number): CodecPart => ({
      ...{ op: 'codebook', name: 'encoder.codebook', kind: 'scalar', bits, bypass: false, pull: 1 },
    })
    const [few, many] = [fitted(scalars(2)), fitted(scalars(4))]
    expect(many.lost).toBeLessThan(few.lost)
  })

  it('refuses a map that is no whole number of vectors', () => {
    expect(() => codecOperator(book('vector', 2, 3), input, weightsOf(book('vector', 2, 3)), backend.kernels)).toThrow(
      /4 channels/,
    )
    expect(() => codecOperator(book('vector', 2), input, weightsOf(book('vector', 2)), backend.kernels)).toThrow()
  })
})
