import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'

describe('random', () => {
  it('gives the same stream for the same key and another for another', () => {
    const draw = (...key: (string | number)[]) => Array.from({ length: 4 }, random(7, ...key).next)
    expect(draw('shuffle', 3)).toEqual(draw('shuffle', 3))
    expect(draw('shuffle', 3)).not.toEqual(draw('shuffle', 4))
    expect(random(1, 'a').next()).not.toBe(random(2, 'a').next())
  })

  it('is uniform and normal to the third digit over 200,000 draws', () => {
    const rng = random(1, 'moments')
    const n = 200_000
    const uniform = Array.from({ length: n }, rng.next)
    const normal = Array.from({ length: n }, rng.normal)
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / n
    const moment = (values: number[], power: number) => mean(values.map((value) => value ** power))
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(0.004)
    expect(Math.abs(moment(uniform, 2) - 1 / 3)).toBeLessThan(0.004)
    expect(Math.abs(mean(normal))).toBeLessThan(0.01)
    expect(Math.abs(moment(normal, 2) - 1)).toBeLessThan(0.02)
    expect(Math.abs(moment(normal, 4) - 3)).toBeLessThan(0.15)
  })

  it('neighbouring keys are not correlated', () => {
    const first = Array.from({ length: 5000 }, (_, epoch) => random(1, 'epoch', epoch).next() - 0.5)
    const lagged = first.slice(1).reduce((sum, value, index) => sum + value * first[index]!, 0) / first.length
    // Variance of a product of two uniforms is 1/144: four standard errors.
    expect(Math.abs(lagged)).toBeLessThan((4 * (1 / 12)) / Math.sqrt(first.length))
  })

  it('shuffles into a permutation and stays below its bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 200 }), (seed, n) => {
        const rng = random(seed, 'p')
        const order = rng.shuffle(Array.from({ length: n }, (_, index) => index))
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, index) => index))
        expect(rng.below(n)).toBeLessThan(n)
      }),
    )
  })
})
