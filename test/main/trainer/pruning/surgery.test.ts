import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelGroups, macsPerChannel } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import type { Network } from '#common/network/graph.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import { assertWeightsFit } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { filtersOf, keepBest } from '../../../../src/main/trainer/pruning/ranking.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import { randomBytes, randomModel, smallVgg } from '../../../support/randomModel.ts'
import { referenceOutputs } from '../../../support/referenceNetwork.ts'

/** A small network with everything that VGG has, and a flatten over more than one position. */
const plain: Network = {
  name: 'plain',
  width: 1,
  classes: 4,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.25, 0.3],
  layers: [
    { name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: 8, width: 8 },
    {
      name: 'conv1',
      unit: 'conv1',
      op: 'conv',
      inputs: ['input'],
      filters: 5,
      kernel: 3,
      stride: 1,
      padding: 1,
      bias: true,
    },
    { name: 'conv1.bn', unit: 'conv1', op: 'batchnorm', inputs: ['conv1'] },
    { name: 'conv1.relu', unit: 'conv1', op: 'relu', inputs: ['conv1.bn'] },
    { name: 'pool1', unit: 'pool1', op: 'maxpool', inputs: ['conv1.relu'], kernel: 2, stride: 2 },
    {
      name: 'conv2',
      unit: 'conv2',
      op: 'conv',
      inputs: ['pool1'],
      filters: 6,
      kernel: 3,
      stride: 1,
      padding: 1,
      bias: false,
    },
    { name: 'conv2.relu', unit: 'conv2', op: 'relu', inputs: ['conv2'] },
    { name: 'flatten', unit: 'fc', op: 'flatten', inputs: ['conv2.relu'] },
    { name: 'fc', unit: 'fc', op: 'dense', inputs: ['flatten'], outputs: 4 },
  ],
}

const logits = (model: Parameters<typeof referenceOutputs>[0], image: Uint8Array): Float64Array =>
  referenceOutputs(model, image).get('fc')!.data

/** Masking an activation's channel equals zeroing every weight that reads it. */
function masked(model: ReturnType<typeof randomModel>, conv1: number[], conv2: number[]) {
  const weights = new Map([...model.weights].map(([name, values]) => [name, values.slice()]))
  const second = weights.get('conv2.weight')!
  for (let out = 0; out < 6; out++)
    for (let c = 0; c < 5; c++) if (!conv1.includes(c)) second.fill(0, (out * 5 + c) * 9, (out * 5 + c + 1) * 9)
  const dense = weights.get('fc.weight')!
  for (let out = 0; out < 4; out++)
    for (let c = 0; c < 6; c++) if (!conv2.includes(c)) dense.fill(0, out * 96 + c * 16, out * 96 + (c + 1) * 16)
  return { network: model.network, weights }
}

const subset = (count: number) =>
  fc.subarray(
    Array.from({ length: count }, (_, index) => index),
    { minLength: 1 },
  )

describe('removeFilters', () => {
  it('computes what the masked network computes, for any choice of filters', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), subset(5), subset(6), (seed, conv1, conv2) => {
        const model = randomModel(plain, seed)
        const image = randomBytes(8 * 8 * 3, random(seed, 'image'))
        const pruned = removeFilters(
          model,
          new Map([
            ['conv1', conv1],
            ['conv2', conv2],
          ]),
        )
        assertWeightsFit(pruned)
        expect(filtersOf(pruned.network, 'conv1')).toBe(conv1.length)
        const expected = logits(masked(model, conv1, conv2), image)
        const got = logits(pruned, image)
        for (const [index, value] of expected.entries()) expect(got[index]).toBeCloseTo(value, 9)
      }),
      { numRuns: 60 },
    )
  })

  it('carries normalisation constants and running statistics of the survivors, and leaves the old model alone', () => {
    const model = randomModel(plain, 3)
    const before = new Map([...model.weights].map(([name, values]) => [name, values.slice()]))
    const pruned = removeFilters(model, new Map([['conv1', [1, 4]]]))
    for (const suffix of ['bias', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var']) {
      const old = model.weights.get(`conv1.${suffix}`)!
      expect([...pruned.weights.get(`conv1.${suffix}`)!]).toEqual([old[1], old[4]])
    }
    expect(model.weights).toEqual(before)
  })

  it('refuses nonsense', () => {
    const model = randomModel(plain, 1)
    expect(() => removeFilters(model, new Map([['conv1', []]]))).toThrow(/at least one/)
    expect(() => removeFilters(model, new Map([['conv1', [2, 1]]]))).toThrow(/ascending/)
    expect(() => removeFilters(model, new Map([['conv1', [5]]]))).toThrow(/below 5/)
    expect(() => removeFilters(model, new Map([['fc', [0]]]))).toThrow(/not a group/)
  })
})

describe('ranking', () => {
  it('counts the MACs that really vanish with one filter', () => {
    const model = randomModel(smallVgg(0.125), 1)
    const cost = macsPerChannel(model.network, channelGroups(model.network))
    const before = totalCost(model.network).macs
    for (const name of prunableLayers(model.network)) {
      const keep = Array.from({ length: filtersOf(model.network, name) - 1 }, (_, index) => index)
      const after = totalCost(removeFilters(model, new Map([[name, keep]])).network).macs
      expect(before - after, name).toBe(cost.get(name))
    }
  })

  it('drops the lowest scores jointly, never a whole layer, and breaks ties by order', () => {
    const scores = new Map([
      ['a', Float32Array.of(0.1, 0.2, 0.9)],
      ['b', Float32Array.of(0.3, 0.3)],
    ])
    expect(keepBest(scores, 3)).toEqual(
      new Map([
        ['a', [2]],
        ['b', [1]],
      ]),
    )
    expect(keepBest(scores, 99)).toEqual(
      new Map([
        ['a', [2]],
        ['b', [1]],
      ]),
    )
    expect(keepBest(scores, 0)).toEqual(
      new Map([
        ['a', [0, 1, 2]],
        ['b', [0, 1]],
      ]),
    )
  })
})
