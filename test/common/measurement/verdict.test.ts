import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intervalsOverlap, mannWhitney, verdict } from '#common/measurement/verdict.ts'
import { random } from '#common/random.ts'

describe('Mann-Whitney', () => {
  it.each([
    // p as SciPy's mannwhitneyu(a, b, method='exact') gives it; the first by hand: 2 / C(6, 3).
    [[1, 2, 3], [4, 5, 6], 0.1],
    [[19, 22, 16, 29, 24], [20, 11, 17, 12], 1 / 9],
    [[1, 2], [3, 4], 1 / 3],
  ])('is exact for small samples: %j against %j', (a, b, p) => {
    expect(mannWhitney(a, b)).toBeCloseTo(p, 12)
    expect(mannWhitney(b, a)).toBeCloseTo(p, 12)
  })

  it('approximates with ties as SciPy does (asymptotic, continuity correction)', () => {
    expect(mannWhitney([1, 2, 2, 3, 4, 4, 5], [2, 3, 4, 5, 5, 6, 7])).toBeCloseTo(0.10512291629935308, 6)
    expect(mannWhitney([1, 1, 1], [1, 1, 1])).toBe(1)
  })

  it('agrees between its exact and its approximate branch', () => {
    const draw = random(1, 'mw')
    const a = Array.from({ length: 20 }, () => draw.normal())
    const b = Array.from({ length: 20 }, () => draw.normal() + 0.7)
    const exact = mannWhitney(a, b)
    // A twentieth-first value far away makes n·m > 400 and hardly changes U.
    const approximate = mannWhitney([...a, 0.35], b)
    expect(Math.abs(exact - approximate)).toBeLessThan(0.05)
  })

  it('is a probability, symmetric, and free of the unit', () => {
    const values = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 25 })
    fc.assert(
      fc.property(values, values, (a, b) => {
        const p = mannWhitney(a, b)
        expect(p).toBeGreaterThan(0)
        expect(p).toBeLessThanOrEqual(1)
        expect(mannWhitney(b, a)).toBeCloseTo(p, 10)
        expect(
          mannWhitney(
            a.map((x) => x * 2),
            b.map((x) => x * 2),
          ),
        ).toBeCloseTo(p, 10)
      }),
    )
  })
})

describe('the verdict', () => {
  const series = (seed: number, centre: number, n = 500) => {
    const draw = random(seed, 'verdict')
    return Float64Array.from({ length: n }, () => centre * (1 + 0.05 * draw.normal()))
  }

  it('names the faster one where the difference is real', () => {
    expect(verdict(series(1, 10), series(2, 11))).toMatchObject({ faster: 'a', overlap: false })
    const other = verdict(series(1, 11), series(2, 10))
    expect(other).toMatchObject({ faster: 'b', overlap: false })
    expect(other.ratio).toBeCloseTo(1.1, 1)
    expect(other.p).toBeLessThan(0.001)
  })

  it('says nothing of the same thing timed twice, in at least 97 of 100 cases', () => {
    let claims = 0
    for (let i = 0; i < 100; i++) if (verdict(series(2 * i, 10, 60), series(2 * i + 1, 10, 60)).faster) claims++
    expect(claims).toBeLessThanOrEqual(3)
  })

  it('is not fooled by slow drift, as a test over raw samples would be', () => {
    let claims = 0
    let naive = 0
    for (let i = 0; i < 60; i++) {
      const [a, b] = [0, 1].map((side) => {
        const draw = random(i, 'drift', side)
        let level = 0
        return Float64Array.from({ length: 400 }, () => {
          level = 0.95 * level + draw.normal()
          return 100 + level
        })
      })
      if (verdict(a!, b!).faster) claims++
      if (mannWhitney(a!, b!) < 0.05) naive++
    }
    expect(claims).toBeLessThanOrEqual(6)
    expect(naive).toBeGreaterThan(25)
  })

  it('knows when intervals overlap', () => {
    expect(intervalsOverlap([1, 2], [2, 3])).toBe(true)
    expect(intervalsOverlap([1, 2], [2.1, 3])).toBe(false)
    expect(intervalsOverlap([0, 9], [2, 3])).toBe(true)
  })
})
