import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { robustLine } from '#common/measurement/slope.ts'

describe('a line that outliers do not move', () => {
  it('rests on the median of pairwise slopes', () => {
    expect(robustLine([0, 1, 2, 3], [1, 3, 5, 100])).toMatchObject({ slope: 17.5, intercept: -6.75 })
  })

  // With x of two values only, Sen's interval is that of Mann and Whitney: the slope counted from either end is one more
  // than the critical U of their published table (two-sided, 5 %).
  it.each([
    [4, 0],
    [5, 2],
    [7, 8],
    [10, 23],
  ])('two groups of %i: the critical U is %i', (n, critical) => {
    const x = [...Array<number>(n).fill(0), ...Array<number>(n).fill(1)]
    // All n² slopes differ: i · n + j for the i-th of one group and the j-th of the other.
    const y = [...Array.from({ length: n }, (_, j) => -j), ...Array.from({ length: n }, (_, i) => i * n)]
    expect(robustLine(x, y).slope95).toEqual([critical, n * n - 1 - critical])
  })

  it('has no interval where so few points cannot reach 95 %', () => {
    expect(robustLine([0, 0, 0, 1, 1, 1], [1, 1, 1, 2, 2, 2]).slope95).toBeNull()
    expect(robustLine([0, 1], [1, 2]).slope95).toBeNull()
  })

  it('moves with its data: scaled and turned round', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -50, max: 50 })), {
      minLength: 8,
      maxLength: 20,
    })
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 9 }), (all, factor) => {
        const [x, y] = [all.map(([one]) => one), all.map(([, other]) => other)]
        fc.pre(new Set(x).size > 1)
        const { slope, slope95 } = robustLine(x, y)
        const turned = robustLine(
          x,
          y.map((value) => -factor * value),
        )
        expect(turned.slope).toBeCloseTo(-factor * slope, 9)
        expect(turned.slope95 === null).toBe(slope95 === null)
        if (!slope95) return
        expect(slope95[0]).toBeLessThanOrEqual(slope)
        expect(slope95[1]).toBeGreaterThanOrEqual(slope)
        expect(turned.slope95![0]).toBeCloseTo(-factor * slope95[1], 9)
        expect(turned.slope95![1]).toBeCloseTo(-factor * slope95[0], 9)
      }),
    )
  })
})
