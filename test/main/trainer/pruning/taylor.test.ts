import { expect, it } from 'vitest'
import { taylor } from '../../../../src/main/trainer/pruning/criteria/taylor.ts'

it('Taylor scores are means over examples, of length 1 per layer, less the cost term', () => {
  const statistics = { taylorSum: Float32Array.of(6, 8), examples: 2, costShare: 0.5 }
  expect([...taylor(0)(statistics)]).toEqual([Math.fround(0.6), Math.fround(0.8)])
  const [first, second] = taylor(0.1)(statistics)
  expect(first).toBeCloseTo(0.55)
  expect(second).toBeCloseTo(0.75)
  expect([...taylor(0)({ taylorSum: Float32Array.of(0, 0), examples: 1, costShare: 1 })]).toEqual([0, 0])
})
