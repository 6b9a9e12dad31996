import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Thinned } from '../../src/renderer/charts/thinned.ts'

const curveOf = (values: readonly number[], most: number): [number, number][] => {
  const curve = new Thinned(most)
  for (const [x, y] of values.entries()) curve.add(x, y)
  return curve.points()
}
const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 500 })
const buckets = fc.integer({ min: 1, max: 16 }).map((half) => 2 * half)

it('shows every point while there are few', () => {
  expect(curveOf([3, 1, 2], 4)).toEqual([
    [0, 3],
    [1, 1],
    [2, 2],
  ])
})

it('shows least and largest of equally many neighbours, in their order and at their places', () => {
  fc.assert(
    fc.property(values, buckets, (ys, most) => {
      let stride = 1
      while (Math.ceil(ys.length / stride) > most) stride *= 2
      const expected: number[] = []
      for (let from = 0; from < ys.length; from += stride) {
        const part = ys.slice(from, from + stride)
        const places = [Math.min(...part), Math.max(...part)].map((y) => from + part.indexOf(y))
        expected.push(...new Set(places.sort((a, b) => a - b)))
      }
      const points = curveOf(ys, most)
      expect(points.map(([x]) => x)).toEqual(expected)
      for (const [x, y] of points) expect(y).toBe(ys[x])
      expect(points.length).toBeLessThanOrEqual(2 * most)
    }),
  )
})
