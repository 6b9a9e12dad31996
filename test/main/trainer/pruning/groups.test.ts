import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { activationsOf, channelGroups, groupAt, macsPerChannel } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { assertWeightsFit } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { Kept } from '../../../../src/main/trainer/pruning/surgery.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import { branchingNetwork } from '../../../support/branchingNetworks.ts'
import { masked } from '../../../support/masking.ts'
import { randomBytes, randomModel } from '../../../support/randomModel.ts'
import { referenceOutputs } from '../../../support/referenceNetwork.ts'

const build = (name: string, width: number): Network =>
  buildNetwork(name, { classes: 10, width, size: 32, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] })

/** A random choice of channels in every group. */
function choice(network: Network, seed: number): Kept {
  const rng = random(seed, 'choice')
  return new Map(
    channelGroups(network).groups.map(({ name, size }) => {
      const stay = Array.from({ length: size }, (_, index) => index).filter(() => rng.next() < 0.6)
      return [name, stay.length > 0 ? stay : [rng.below(size)]]
    }),
  )
}

describe('channelGroups', () => {
  it('ties the stages of ResNet18 by their shortcuts, and leaves the inner convolutions free', () => {
    const { groups } = channelGroups(build('resnet18', 1))
    expect(groups.map(({ name, producers, size }) => [name, producers.length, size])).toEqual([
      ['conv1', 3, 64],
      ['layer1.0.conv1', 1, 64],
      ['layer1.1.conv1', 1, 64],
      ['layer2.0.conv1', 1, 128],
      ['layer2.0.conv2', 3, 128],
      ['layer2.1.conv1', 1, 128],
      ['layer3.0.conv1', 1, 256],
      ['layer3.0.conv2', 3, 256],
      ['layer3.1.conv1', 1, 256],
      ['layer4.0.conv1', 1, 512],
      ['layer4.0.conv2', 3, 512],
      ['layer4.1.conv1', 1, 512],
    ])
  })

  it('hands channels through depthwise convolutions', () => {
    const network = build('mobilenetv1', 0.25)
    const groups = channelGroups(network)
    expect(groups.groups.map(({ name }) => name)).toEqual([
      'conv1',
      ...Array.from({ length: 13 }, (_, index) => `b${index + 1}.pw`),
    ])
    expect(activationsOf(network, groups, 'b1.pw')).toEqual(['b1.relu', 'b2.dw.relu'])
  })

  it('reads ResNet18 after the addition and its ReLU', () => {
    const network = build('resnet18', 0.25)
    const groups = channelGroups(network)
    expect(activationsOf(network, groups, 'layer2.0.conv2')).toEqual(['layer2.0.relu', 'layer2.1.relu'])
    expect(activationsOf(network, groups, 'layer1.0.conv1')).toEqual(['layer1.0.conv1.relu'])
  })

  it.each(['vgg16', 'vgg16-512', 'resnet18', 'mobilenetv1', 'mobilenetv2', 'mobilenetv2-paper'])(
    'one group crosses at every internal point of %s',
    (name) => {
      const network = build(name, 0.25)
      const groups = channelGroups(network)
      for (const point of partitionPoints(network).slice(1, -1)) expect(groupAt(groups, point.layer)).toBeDefined()
    },
  )

  it('splits what a concatenation ties to parts of another tensor', () => {
    fc.assert(
      fc.property(branchingNetwork, (network) => {
        const { groups, channelsOf } = channelGroups(network)
        for (const { name, size } of groups) {
          const seen = new Set(
            network.layers.flatMap((layer) =>
              channelsOf(layer.name).flatMap((channel) => (channel?.group === name ? [channel.index] : [])),
            ),
          )
          expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, index) => index))
        }
        expect(channelsOf('input')).toEqual([null, null, null])
        expect(channelsOf('fc').every((channel) => channel === null)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})

describe('removing any channels of any group', () => {
  it('computes what the masked network computes: shortcuts, depthwise convolutions, concatenations, flattening', () => {
    fc.assert(
      fc.property(branchingNetwork, fc.integer({ min: 0, max: 1e6 }), (network, seed) => {
        const model = randomModel(network, seed)
        const [input] = network.layers
        const size = input.op === 'input' ? input.height : 0
        const image = randomBytes(size * size * 3, random(seed, 'image'))
        const kept = choice(network, seed)
        const pruned = removeFilters(model, kept)
        assertWeightsFit(pruned)
        const expected = referenceOutputs(masked(model, kept), image).get('fc')!.data
        const found = referenceOutputs(pruned, image).get('fc')!.data
        for (const [index, value] of expected.entries()) {
          expect(Math.abs(found[index] - value)).toBeLessThan(1e-9 * (1 + Math.abs(value)))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('saves the MACs that one channel is said to cost', () => {
    fc.assert(
      fc.property(branchingNetwork, (network) => {
        const model = randomModel(network, 1)
        const groups = channelGroups(network)
        const costs = macsPerChannel(network, groups)
        for (const { name, size } of groups.groups) {
          if (size < 2) continue
          const stay = Array.from({ length: size - 1 }, (_, index) => index + 1)
          const after = totalCost(removeFilters(model, new Map([[name, stay]])).network).macs
          expect(totalCost(network).macs - after).toBe(costs.get(name))
        }
      }),
      { numRuns: 100 },
    )
  })
})
