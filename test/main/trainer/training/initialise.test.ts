import { expect, it } from 'vitest'
import { weightsHash } from '../../../../src/main/trainer/model/store.ts'
import { initialise } from '../../../../src/main/trainer/training/initialise.ts'
import { smallVgg } from '../../../support/randomModel.ts'

it('draws filters with variance 2/(k²·Cout), dense weights within 1/√in, and nothing else', () => {
  const { weights } = initialise(smallVgg(0.25), 1)
  for (const [name, filters] of [
    ['conv2', 16],
    ['conv13', 128],
  ] as const) {
    const values = weights.get(`${name}.weight`)!
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length
    expect(variance / (2 / (9 * filters))).toBeCloseTo(1, 0.9)
  }
  const dense = weights.get('fc.weight')!
  expect(Math.max(...dense.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(128))
  expect(Math.max(...dense.map(Math.abs))).toBeGreaterThan(0.95 / Math.sqrt(128))
  expect(new Set(weights.get('conv1.bias'))).toEqual(new Set([0]))
  expect(new Set(weights.get('fc.bias'))).toEqual(new Set([0]))
  expect(new Set(weights.get('conv1.bn.weight'))).toEqual(new Set([1]))
  expect(new Set(weights.get('conv1.bn.running_var'))).toEqual(new Set([1]))
  expect(new Set(weights.get('conv1.bn.running_mean'))).toEqual(new Set([0]))
})

it('depends on the seed alone', () => {
  const network = smallVgg(0.125)
  expect(weightsHash(initialise(network, 1))).toBe(weightsHash(initialise(network, 1)))
  expect(weightsHash(initialise(network, 1))).not.toBe(weightsHash(initialise(network, 2)))
})
