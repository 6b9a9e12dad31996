import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { histogram, plottedSamples } from '#common/charts/samples.ts'

const samples = fc.array(fc.double({ min: 0.01, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 500 })

describe('raw samples', () => {
  it('are all there where they are few, and keep their extremes and order where they are many', () => {
    expect(plottedSamples([3, 1, 2])).toEqual([
      [0, 3],
      [1, 1],
      [2, 2],
    ])
    fc.assert(
      fc.property(samples, fc.integer({ min: 4, max: 60 }), (ms, limit) => {
        const points = plottedSamples(ms, limit)
        expect(points.length).toBeLessThanOrEqual(limit)
        expect(Math.max(...points.map(([, value]) => value))).toBe(Math.max(...ms))
        expect(Math.min(...points.map(([, value]) => value))).toBe(Math.min(...ms))
        expect(points.every(([index, value]) => ms[index] === value)).toBe(true)
        expect(points.every(([index], place) => place === 0 || index > points[place - 1]![0])).toBe(true)
      }),
    )
  })
})

describe('a histogram', () => {
  it('counts every sample once, none of them outside its bin', () => {
    fc.assert(
      fc.property(samples, (ms) => {
        const { counts, above, from, width } = histogram(ms)
        expect(counts.reduce((sum, count) => sum + count, 0) + above).toBe(ms.length)
        expect(counts.length).toBeLessThanOrEqual(120)
        expect(from).toBe(Math.min(...ms))
        // The last edge is known to within rounding only, and samples may lie that close to it on either side.
        const edge = from + width * counts.length
        const beyond = (limit: number): number => ms.filter((value) => value > limit).length
        expect(beyond(edge * (1 - 1e-12))).toBeGreaterThanOrEqual(above)
        expect(beyond(edge * (1 + 1e-12))).toBeLessThanOrEqual(above)
      }),
    )
  })

  it('has bins of 2 IQR / ∛n: 1…1000 in steps of one give ten', () => {
    const { counts, above } = histogram(Array.from({ length: 1000 }, (_, index) => index + 1))
    // IQR 499.5, so a bin of 99.9; up to the 99.5th percentile, 995.005.
    expect(counts).toHaveLength(10)
    expect(above).toBe(5)
  })

  it('is one bar where all are the same', () => {
    expect(histogram([2, 2, 2])).toEqual({ from: 2, width: 0, counts: [3], above: 0 })
  })
})
