import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blockMediansOf,
  independentBlockMedians,
  lagOneCorrelation,
  maxBlocks,
  minBlocks,
} from '#common/measurement/blocks.ts'
import { lowerRank, medianInterval } from '#common/measurement/interval.ts'
import { median } from '#common/measurement/statistics.ts'
import { toTime } from '#common/measurement/time.ts'
import type { Random } from '#common/random.ts'
import { random } from '#common/random.ts'

describe('order statistics', () => {
  it.each([
    // n, rank: from tables of the sign test (e.g. Hahn & Meeker 1991, table A.15).
    [5, 1],
    [6, 1],
    [8, 1],
    [9, 2],
    [10, 2],
    [15, 4],
    [20, 6],
    [25, 8],
    [30, 10],
    [32, 10],
  ])('uses for %i values the rank %i', (n, rank) => {
    expect(lowerRank(n)).toBe(rank)
  })

  it('is by hand what it should be', () => {
    // 10 values in an order without correlation: 2nd smallest to 2nd largest.
    expect(medianInterval([5, 1, 9, 3, 7, 2, 8, 4, 10, 6])).toEqual([2, 9])
    expect(medianInterval([3])).toEqual([3, 3])
    expect(medianInterval([3, 1, 2])).toEqual([1, 3])
  })
})

describe('blocks', () => {
  it('are contiguous and differ in length by one at most', () => {
    expect([...blockMediansOf([1, 1, 2, 2, 3, 3, 3], 3)]).toEqual([1, 2, 3])
  })

  it('become fewer where neighbours resemble each other, and stay where they do not', () => {
    const draw = random(3, 'blocks')
    const independent = Float64Array.from({ length: 3000 }, () => draw.normal())
    const drifting = Float64Array.from({ length: 3000 }, (_, i) => draw.normal() + i / 300)
    expect(independentBlockMedians(independent)).toHaveLength(maxBlocks)
    expect(independentBlockMedians(drifting)).toHaveLength(minBlocks)
    expect(lagOneCorrelation([1, 1, 1])).toBe(0)
    expect(lagOneCorrelation([1, -1, 1, -1])).toBeLessThan(0)
  })
})

describe('the interval of the median', () => {
  it('holds the median, lies in the range, and scales with the unit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const [lo, hi] = medianInterval(values)
          expect(lo).toBeLessThanOrEqual(median(values))
          expect(hi).toBeGreaterThanOrEqual(median(values))
          expect(lo).toBeGreaterThanOrEqual(Math.min(...values))
          expect(hi).toBeLessThanOrEqual(Math.max(...values))
          const [lo2, hi2] = medianInterval(values.map((value) => value * 2))
          expect([lo2, hi2]).toEqual([lo * 2, hi * 2])
        },
      ),
    )
  })

  /** How often the interval of `n` samples holds the true median, over 400 series. */
  const coverage = (n: number, truth: number, series: (draw: Random, n: number) => Float64Array): number => {
    const draw = random(7, 'coverage', n)
    let hits = 0
    for (let i = 0; i < 400; i++) {
      const [lo, hi] = medianInterval(series(draw, n))
      if (lo <= truth && truth <= hi) hits++
    }
    return hits / 400
  }
  const normal = (draw: Random, n: number) => Float64Array.from({ length: n }, () => draw.normal())
  const skewed = (draw: Random, n: number) => Float64Array.from({ length: n }, () => Math.exp(draw.normal()))
  const correlated = (rho: number) => (draw: Random, n: number) => {
    let state = draw.normal()
    return Float64Array.from({ length: n }, () => {
      state = rho * state + Math.sqrt(1 - rho * rho) * draw.normal()
      return state
    })
  }

  // Three standard errors of 400 series at 95 % are 3.3 points.
  it.each([
    ['independent normal, 30', 30, 0, normal],
    ['independent normal, 1000', 1000, 0, normal],
    ['skewed (log-normal), 200', 200, 1, skewed],
    ['autoregressive 0.5, 500', 500, 0, correlated(0.5)],
    ['autoregressive 0.9, 2000', 2000, 0, correlated(0.9)],
    ['autoregressive 0.97, 5000', 5000, 0, correlated(0.97)],
  ] as const)('covers 95 % for %s samples', (_, n, truth, series) => {
    expect(coverage(n, truth, series)).toBeGreaterThan(0.917)
  })

  it('would be falsely narrow without blocks', () => {
    const draw = random(9, 'naive')
    let hits = 0
    for (let i = 0; i < 400; i++) {
      const ordered = correlated(0.9)(draw, 2000).sort()
      // The order statistics of 2000 independent samples.
      const rank = lowerRank(1000) * 2
      if (ordered[rank - 1]! <= 0 && ordered[2000 - rank]! >= 0) hits++
    }
    expect(hits / 400).toBeLessThan(0.8)
  })

  it('narrows with more samples', () => {
    const width = (n: number) => {
      const [lo, hi] = medianInterval(normal(random(5, 'width'), n))
      return hi - lo
    }
    expect(width(4000)).toBeLessThan(width(100) / 2)
  })
})

describe('a time', () => {
  it('has median, p95, interval, count and source', () => {
    expect(toTime([5, 1, 9, 3, 7, 2, 8, 4, 10, 6], 'measured')).toEqual({
      median: 5.5,
      p95: expect.closeTo(9.55, 12),
      ci95: [2, 9],
      n: 10,
      source: 'measured',
    })
  })
})
