import { expect, it } from 'vitest'
import { scoreLogits } from '../../../../src/main/trainer/training/loss.ts'

it('sums cross-entropies and counts what is right', () => {
  const logits = Float32Array.of(0, 0, 0, Math.log(2), 0, 0)
  const { lossSum, correct } = scoreLogits(logits, [2, 0])
  // ln 3, and −ln(2/4) = ln 2.
  expect(lossSum).toBeCloseTo(Math.log(3) + Math.log(2), 6)
  expect(correct).toBe(1)
})

it('does not overflow', () => {
  expect(scoreLogits(Float32Array.of(1e4, 0), [1]).lossSum).toBeCloseTo(1e4, 6)
})

it('is not a number where a logit is none', () => {
  expect(scoreLogits(Float32Array.of(Number.NaN, 0), [1]).lossSum).toBeNaN()
})
