import { beforeAll, expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import type { Layer, Network } from '#common/network/graph.ts'
import { bnEpsilon } from '#common/network/graph.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { shiftsByMasking } from '../../../../src/main/trainer/experiment/shiftsByMasking.ts'
import type { Workshop } from '../../../../src/main/trainer/experiment/workshop.ts'
import { describeWith } from '../../../support/requires.ts'

/** Pixels as they are, then three 1×1 convolutions with normalisation that only scales and shifts. */
const size = 2
const block = (unit: string, input: string, filters: number): Layer[] => [
  { name: unit, unit, op: 'conv', inputs: [input], filters, kernel: 1, stride: 1, padding: 0, bias: false },
  { name: `${unit}.bn`, unit, op: 'batchnorm', inputs: [unit] },
  { name: `${unit}.relu`, unit, op: 'relu', inputs: [`${unit}.bn`] },
]
const network: Network = {
  ...{ name: 'by hand', width: 1, classes: 2, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
  layers: [
    { name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: size, width: size },
    ...block('conv1', 'input', 2),
    ...block('conv2', 'conv1.relu', 2),
    ...block('conv3', 'conv2.relu', 1),
    { name: 'flatten', unit: 'fc', op: 'flatten', inputs: ['conv3.relu'] },
    { name: 'fc', unit: 'fc', op: 'dense', inputs: ['flatten'], outputs: 2 },
  ],
}
const bn = (unit: string, scale: number[], shift: number[]): [string, Float32Array][] => [
  [`${unit}.bn.weight`, Float32Array.from(scale)],
  [`${unit}.bn.bias`, Float32Array.from(shift)],
  [`${unit}.bn.running_mean`, new Float32Array(scale.length)],
  [`${unit}.bn.running_var`, new Float32Array(scale.length).fill(1 - bnEpsilon)],
]
const weights = new Map([
  // a = (R, 2G); b = (3a₀ − a₁ + 7, 2(½a₀ + 4a₁) + 7); c = b₀ + b₁, all rectified.
  ['conv1.weight', Float32Array.of(1, 0, 0, 0, 2, 0)],
  ...bn('conv1', [1, 1], [0, 0]),
  ['conv2.weight', Float32Array.of(3, -1, 0.5, 4)],
  ...bn('conv2', [1, 2], [7, 7]),
  ['conv3.weight', Float32Array.of(1, 1)],
  ...bn('conv3', [1], [0]),
  ['fc.weight', new Float32Array(2 * size * size)],
  ['fc.bias', new Float32Array(2)],
])

describeWith('tensorflow', 'the feature bias measured by masking', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 1 })
  })

  /** Two images of one colour each, in batches of one: R, G = 10, 1 and 20, 5. */
  const batches = () =>
    [
      [10, 1, 0],
      [20, 5, 0],
    ].map((colour) => ({ batch: Uint8Array.from({ length: 3 * size * size }, (_, i) => colour[i % 3]!), count: 1 }))

  const shifts = async (group: string, until?: string): Promise<number[]> => {
    const shop: Workshop = {
      backend,
      dataset: undefined as never,
      training: profiles.toy.training,
      seed: 1,
      signal: new AbortController().signal,
      reporter: { progress: () => {}, metric: () => {}, log: () => {} },
    }
    const found = await shiftsByMasking(shop, { network, weights }, group, batches, { until })
    return [...found].map((value) => Number(value.toFixed(3)))
  }

  it('adds up what every later normalisation is moved by, as worked out by hand', async () => {
    // Without a₀ b moves by 3·15 and 15, c by 58.5: b₀ is cut off at 0 for one image. Without a₁: 6 and 48, and 42.
    expect(await shifts('conv1')).toEqual([118.5, 96])
  })

  it('looks no further than it is told to, and at the next layer where nothing is left up to there', async () => {
    expect(await shifts('conv1', 'conv2.relu')).toEqual([60, 54])
    expect(await shifts('conv1', 'conv1.relu')).toEqual([60, 54])
    // Means of b, rectified.
    expect(await shifts('conv2', 'conv2.relu')).toEqual([46, 70])
  })

  it('stops between two batches', async () => {
    const controller = new AbortController()
    controller.abort()
    const shop = { backend, signal: controller.signal } as Workshop
    await expect(shiftsByMasking(shop, { network, weights }, 'conv1', batches, {})).rejects.toThrow()
  })
})
