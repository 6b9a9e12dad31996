import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countInto } from '../../../../src/main/trainer/pruning/features.ts'

const empty = (bins: number) => ({ zeros: 0, bins: new Float64Array(bins) })

it('counts zeros apart, and what is above the range into the last bin', () => {
  const { zeros, bins } = countInto(empty(4), Float32Array.of(-1, 0, 0.1, 1, 1.9, 4, 99), 4)
  expect(zeros).toBe(2)
  expect([...bins]).toEqual([1, 2, 0, 2])
})

it('loses no value', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, min: -10, max: 100 })),
      fc.integer({ min: 1, max: 50 }),
      (values, high) => {
        const { zeros, bins } = countInto(empty(40), Float32Array.from(values), high)
        expect(zeros + bins.reduce((sum, count) => sum + count, 0)).toBe(values.length)
      },
    ),
  )
})
