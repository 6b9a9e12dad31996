import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { lookupHeadOf } from '#common/lookup/headFile.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import type { Layer, Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import { random } from '#common/random.ts'
import { loadLookupHead } from '../../../src/system/lookup/head.ts'
import { kernelModule } from '../../../src/system/lookup/wasm/kernels.ts'
import { quantisedModel } from '../../support/quantisedModel.ts'
import { randomBytes } from '../../support/randomModel.ts'
import { referenceOutputs } from '../../support/referenceNetwork.ts'

/** Largest difference from the plain loops over the dense weights, as a share of the largest feature. */
function farthest(network: Network, last: string, words: number, seed: number) {
  const model = quantisedModel(network, words, seed, last)
  const head = lookupHeadOf(model, last, { type: 'float32' })
  const { channels, height, width } = network.layers[0] as { channels: number; height: number; width: number }
  const image = randomBytes(channels * height * width, random(seed, 'image'))
  const size = height * width
  const planar = Uint8Array.from(
    { length: image.length },
    (_, i) => image[(i % size) * channels + Math.floor(i / size)]!,
  )
  const run = loadLookupHead(head)
  const actual = run(planar)
  const expected = referenceOutputs(model, image).get(last)!.data
  expect(actual).toHaveLength(expected.length)
  // The memory is used again: nothing of one image may be left for the next.
  expect(run(planar)).toEqual(actual)
  let [largest, scale] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!))
    scale = Math.max(scale, Math.abs(expected[i]!))
  }
  return { error: largest / scale, books: head.books.size }
}

const base = { name: 'tiny', width: 1, classes: 8, mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] }
const named = (name: string, inputs: string[]) => ({ name, unit: name, inputs })

const shape = fc.record({
  height: fc.integer({ min: 3, max: 11 }),
  width: fc.integer({ min: 3, max: 11 }),
  middle: fc.integer({ min: 1, max: 19 }),
  filters: fc.integer({ min: 33, max: 70 }),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 2 }))),
  pool: fc.boolean(),
  dense: fc.boolean(),
  words: fc.constantFrom(8, 16, 64),
  seed: fc.integer({ min: 1, max: 1e6 }),
})

describe('the look-up kernel', () => {
  it('is a module that WebAssembly takes', () => {
    expect(new WebAssembly.Module(kernelModule())).toBeInstanceOf(WebAssembly.Module)
  })

  it('gives what the same weights give as loops, for kernels, strides, paddings and channels of any size', () => {
    let [compared, looked] = [0, 0]
    fc.assert(
      fc.property(shape, ({ height, width, middle, filters, kernel, stride, padding, pool, dense, words, seed }) => {
        const window = { kernel, stride, padding: padding as [number, number, number, number] }
        const layers: Layer[] = [
          { ...named('input', []), op: 'input', channels: 3, height, width },
          { ...named('first', ['input']), op: 'conv', filters: middle, kernel: 1, stride: 1, bias: true },
          { ...named('conv', ['first']), op: 'conv', filters, ...window, bias: true },
          { ...named('norm', ['conv']), op: 'batchnorm' },
          { ...named('relu', ['norm']), op: 'relu' },
          ...(pool ? ([{ ...named('pool', ['relu']), op: 'maxpool', kernel: 2, stride: 2 }] as Layer[]) : []),
          ...(dense
            ? ([
                { ...named('flat', [pool ? 'pool' : 'relu']), op: 'flatten' },
                { ...named('dense', ['flat']), op: 'dense', outputs: 40 },
              ] as Layer[])
            : []),
        ]
        const network: Network = { ...base, layers }
        try {
          inferShapes(network)
        } catch {
          // The window is larger than the map.
          return
        }
        const { error, books } = farthest(network, layers.at(-1)!.name, words, seed)
        expect(error).toBeLessThan(1e-5)
        compared++
        looked += books
      }),
      { numRuns: 60 },
    )
    expect(compared).toBeGreaterThan(20)
    expect(looked).toBeGreaterThan(compared)
  })

  it.each([
    { name: 'vgg16', width: 0.25, point: 'pool3' },
    { name: 'resnet18', width: 0.125, point: 'layer2.1' },
    { name: 'mobilenetv1', width: 0.25, point: 'b3' },
    { name: 'mobilenetv2', width: 0.25, point: 'ir4' },
  ])('gives the features of a whole head: $name up to $point', ({ name, width, point }) => {
    const constants = { classes: 10, width, size: 32, mean: [0.49, 0.48, 0.45], std: [0.2, 0.2, 0.2] }
    const network = buildNetwork(name, constants)
    const { layer } = partitionPoints(network).find((one) => one.name === point)!
    const { error, books } = farthest(network, layer, 32, 1)
    expect(books).toBeGreaterThan(2)
    expect(error).toBeLessThan(1e-4)
  })

  it('says which layer it does not have, and refuses an image of another size', () => {
    const layers: Layer[] = [
      { ...named('input', []), op: 'input', channels: 3, height: 4, width: 4 },
      { ...named('conv', ['input']), op: 'conv', filters: 40, kernel: 1, stride: 1, bias: true },
    ]
    const model = quantisedModel({ ...base, layers }, 8)
    const head = lookupHeadOf(model, 'conv', { type: 'float32' })
    expect(() => loadLookupHead(head)(new Uint8Array(3))).toThrow(CodedError)
    const tanh: Layer = { ...named('tanh', ['conv']), op: 'activation', kind: 'tanh' }
    const other = { ...head, network: { ...head.network, layers: [...layers, tanh] } }
    expect(() => loadLookupHead(other)).toThrow(/cannot have a layer of kind "activation"/)
  })
})
