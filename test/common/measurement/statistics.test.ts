import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mean, median, p95, quantile, standardDeviation } from '#common/measurement/statistics.ts'

const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 })

describe('statistics', () => {
  it('has the values that NumPy gives', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6]
    expect(median(values)).toBe(3.5)
    expect(mean(values)).toBe(3.875)
    expect(standardDeviation(values)).toBeCloseTo(2.748376143938713, 12)
    expect(p95(values)).toBeCloseTo(7.95, 12)
    expect(quantile(values, 0.25)).toBe(1.75)
    expect(values).toEqual([3, 1, 4, 1, 5, 9, 2, 6])
  })

  it('orders numbers as numbers', () => {
    expect(median([10, 9, 100])).toBe(10)
  })

  it('knows a single sample, and refuses none', () => {
    expect([median([7]), p95([7]), mean([7]), standardDeviation([7])]).toEqual([7, 7, 7, 0])
    expect(() => median([])).toThrow('no samples')
    expect(() => mean([])).toThrow('no samples')
  })

  it('keeps quantiles inside the range, ordered, and free of the order of the samples', () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        expect(quantile(values, q)).toBeGreaterThanOrEqual(Math.min(...values))
        expect(quantile(values, q)).toBeLessThanOrEqual(Math.max(...values))
        expect(quantile(values, q / 2)).toBeLessThanOrEqual(quantile(values, q))
        expect(quantile(values.toReversed(), q)).toBe(quantile(values, q))
      }),
    )
  })
})
