import fc from 'fast-check'
import { expect, it } from 'vitest'
import { partitionPoints } from '#common/network/partition.ts'
import { random } from '#common/random.ts'
import { foldHead } from '../../../../src/main/trainer/int8/fold.ts'
import { branchingNetwork } from '../../../support/branchingNetworks.ts'
import { randomBytes, randomModel } from '../../../support/randomModel.ts'
import { referenceOutputs } from '../../../support/referenceNetwork.ts'

it('folds batch normalisation without changing what a head computes, at any cut', () => {
  fc.assert(
    fc.property(branchingNetwork, fc.nat(1000), (network, seed) => {
      const model = randomModel(network, seed)
      const { height } = network.layers[0] as { height: number }
      const image = randomBytes(3 * height ** 2, random(seed, 'image'))
      const expected = referenceOutputs(model, image)
      for (const { layer, name } of partitionPoints(network)) {
        if (name === 'input') continue
        const folded = foldHead(model, layer)
        const actual = referenceOutputs(folded, image)
        // Every layer that is left has the output of the layer of its name.
        for (const { name: kept } of folded.network.layers) {
          const [one, other] = [actual.get(kept)!.data, expected.get(kept)!.data]
          const scale = Math.max(1, ...Array.from(other, Math.abs))
          for (const [i, value] of other.entries()) expect(Math.abs(one[i]! - value)).toBeLessThan(1e-5 * scale)
        }
      }
    }),
    { numRuns: 30 },
  )
})

it('leaves a normalisation that is not alone behind its convolution', () => {
  const layer = (name: string, op: string, inputs: string[], more = {}) => ({ name, unit: name, op, inputs, ...more })
  const network = {
    ...{ name: 'fork', width: 1, classes: 2, mean: [0, 0, 0], std: [1, 1, 1] },
    layers: [
      layer('input', 'input', [], { channels: 3, height: 4, width: 4 }),
      layer('conv', 'conv', ['input'], { filters: 2, kernel: 3, stride: 1, padding: 1, bias: false }),
      layer('norm', 'batchnorm', ['conv']),
      layer('add', 'add', ['norm', 'conv']),
      layer('again', 'batchnorm', ['add']),
      layer('dense', 'dense', ['again'], { outputs: 2 }),
    ],
  }
  const model = randomModel(network as never, 1)
  expect(foldHead(model, 'again').network.layers.map(({ name }) => name)).toEqual([
    ...['input', 'conv', 'norm', 'add', 'again'],
  ])
})
