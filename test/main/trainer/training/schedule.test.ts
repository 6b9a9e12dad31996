import { expect, it } from 'vitest'
import { rateAt } from '../../../../src/main/trainer/training/schedule.ts'

it('one-cycle: from peak/25 linearly to the peak over 30 % of the steps, by a cosine to peak/10⁴', () => {
  const schedule = { kind: 'one-cycle', peak: 0.1 } as const
  expect(rateAt(schedule, 0, 1000)).toBeCloseTo(0.004, 12)
  expect(rateAt(schedule, 150, 1000)).toBeCloseTo(0.052, 12)
  expect(rateAt(schedule, 300, 1000)).toBeCloseTo(0.1, 12)
  expect(rateAt(schedule, 999, 1000)).toBeCloseTo(1e-5, 12)
  // Half-way down (699 steps from 300 to 999) the cosine is at its middle.
  expect((rateAt(schedule, 649, 1000) + rateAt(schedule, 650, 1000)) / 2).toBeCloseTo((0.1 + 1e-5) / 2, 6)
})

it('one-cycle: never leaves [peak/10⁴, peak], whatever the number of steps', () => {
  for (let steps = 1; steps < 40; steps++) {
    for (let step = 0; step < steps; step++) {
      const rate = rateAt({ kind: 'one-cycle', peak: 1 }, step, steps)
      expect(rate).toBeLessThanOrEqual(1)
      expect(rate).toBeGreaterThanOrEqual(1e-4 - 1e-15)
    }
  }
})

it('cosine: half a period from the start towards 0', () => {
  const schedule = { kind: 'cosine', start: 0.01 } as const
  expect(rateAt(schedule, 0, 100)).toBeCloseTo(0.01, 12)
  expect(rateAt(schedule, 50, 100)).toBeCloseTo(0.005, 12)
  expect(rateAt(schedule, 100, 100)).toBeCloseTo(0, 12)
})

it('constant', () => expect(rateAt({ kind: 'constant', rate: 0.3 }, 7, 9)).toBe(0.3))
