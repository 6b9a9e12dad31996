import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Thinned } from '../../src/renderer/charts/thinned.ts'

const curveOf = (values: readonly number[], most: number): readonly (readonly [number, number])[] => {
  const curve = new Thinned(most)
  for (const [x, y] of values.entries()) curve.add(x, y)
  return curve.points()
}
const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 500 })
const buckets = fc.integer({ min: 1, max: 16 }).map((half) => 2 * half)

it('is the very array of before where a point changes nothing that is drawn, and another one where it does', () => {
  const curve = new Thinned(4)
  for (let x = 0; x < 64; x++) curve.add(x, Math.sin(x))
  const before = curve.points()
  expect(curve.points()).toBe(before)
  // 64 points in 4 buckets: the next one begins a bucket, whatever its value.
  curve.add(64, 0)
  const begun = curve.points()
  expect(begun).not.toBe(before)
  curve.add(65, 2)
  curve.add(66, -2)
  const wide = curve.points()
  expect(wide).not.toBe(begun)
  curve.add(67, 1)
  expect(curve.points()).toBe(wide)
  curve.add(68, 3)
  expect(curve.points().at(-1)).toEqual([68, 3])
})

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

it('is drawn anew before anybody could see that it is not the whole curve', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 400 }), (steps) => {
      const curve = new Thinned(16)
      const ys: number[] = []
      for (const step of steps) {
        ys.push((ys.at(-1) ?? 0) + step ** 9)
        curve.add(ys.length, ys.at(-1)!)
        const kept = curve.points()
        const [width, height] = [ys.length - 1, Math.max(...ys) - Math.min(...ys)]
        for (const [x, y] of curveOf(ys, 16)) {
          // Here counted from 0.
          const apart = kept.map(([atX, atY]) => [Math.abs(atX - 1 - x) / width, Math.abs(atY - y) / height])
          expect(apart.some(([dx, dy]) => !(dx! > 1 / 1999) && !(dy! > 1 / 1999))).toBe(true)
        }
      }
    }),
    { numRuns: 30 },
  )
})

it('stays as it is drawn while a long curve goes on by what nobody sees', () => {
  const curve = new Thinned()
  for (let x = 0; x < 100_000; x++) curve.add(x, Math.exp(-x / 50_000))
  let drawn = 0
  let before = curve.points()
  for (let x = 100_000; x < 100_500; x++) {
    curve.add(x, Math.exp(-x / 50_000))
    if (curve.points() !== before) drawn++
    before = curve.points()
  }
  // A two-thousandth of the curve is 50 points of it; a bucket begins once or twice.
  expect(drawn).toBeGreaterThanOrEqual(8)
  expect(drawn).toBeLessThanOrEqual(14)
})
