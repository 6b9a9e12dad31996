import fc from 'fast-check'
import { expect, it } from 'vitest'
import { distilledGradient } from '../../../../src/main/trainer/training/distil.ts'

/** C of one example as the docstring says it, λ = 0.9 and T = 4, by plain sums in double precision. */
function cost(z: readonly number[], y: number, t: readonly number[]): number {
  const logSoftmax = (values: readonly number[], divisor: number): number[] => {
    const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value / divisor), 0))
    return values.map((value) => value / divisor - total)
  }
  const [own, wanted] = [logSoftmax(z, 4), logSoftmax(t, 4)]
  const apart = wanted.reduce((sum, log, k) => sum + Math.exp(log) * (log - own[k]), 0)
  return -0.1 * logSoftmax(z, 1)[y] + 0.9 * 16 * apart
}

const logit = fc.double({ min: -8, max: 8, noNaN: true }).map(Math.fround)
const example = fc.record({
  z: fc.array(logit, { minLength: 3, maxLength: 3 }),
  t: fc.array(logit, { minLength: 3, maxLength: 3 }),
  y: fc.nat(2),
})

it('is the derivative of the cost of every example, by central differences', () => {
  fc.assert(
    fc.property(fc.array(example, { minLength: 1, maxLength: 4 }), (examples) => {
      const [logits, taught] = [examples.flatMap(({ z }) => z), examples.flatMap(({ t }) => t)].map(
        (values) => new Float32Array(values),
      )
      const labels = examples.map(({ y }) => y)
      const found = distilledGradient(logits, labels, { logits: taught }, 0.5)
      examples.forEach(({ z, t, y }, n) => {
        z.forEach((value, k) => {
          const at = (moved: number): number => cost(z.with(k, moved), y, t)
          const slope = (at(value + 1e-5) - at(value - 1e-5)) / 2e-5
          expect(found[3 * n + k]).toBeCloseTo(0.5 * slope, 4)
        })
      })
    }),
  )
})

it('is the labels alone where student and teacher agree', () => {
  const logits = Float32Array.of(0, Math.log(3))
  // σ = (1/4, 3/4), label 0.
  const found = distilledGradient(logits, [0], { logits }, 1)
  expect(found[0]).toBeCloseTo(-0.1 * 0.75, 6)
  expect(found[1]).toBeCloseTo(0.1 * 0.75, 6)
})

it('does not overflow', () => {
  const found = distilledGradient(Float32Array.of(1e4, -1e4), [1], { logits: Float32Array.of(-1e4, 1e4) }, 1)
  expect(found[0]).toBeCloseTo(0.1 + 0.9 * 4, 4)
})
