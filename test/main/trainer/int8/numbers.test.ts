import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { integerWeights, mostWeight, scaleOf } from '../../../../src/main/trainer/int8/numbers.ts'
import { rangeOf } from '../../../../src/main/trainer/int8/ranges.ts'

const reals = fc.float({ min: -1e3, max: 1e3, noNaN: true })

describe('numbers of an int8 head', () => {
  it('are whole multiples of a step, the largest weight of every channel at the end', () => {
    const weights = Float32Array.of(1, -0.5, 0.25, -8, 4, 0.1)
    const { weights: whole, scales, bias } = integerWeights(weights, Float32Array.of(0.5, -2), 2, 0.5)
    expect([...scales]).toEqual([1 / 64, 1 / 8])
    expect([...whole]).toEqual([64, -32, 16, -64, 32, 1])
    // In units of 0.5 / 64 and 0.5 / 8.
    expect([...bias!]).toEqual([64, -32])
  })

  it('are at most half a step away, and never beyond what two products in 16 bits allow', () => {
    fc.assert(
      fc.property(fc.array(reals, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (values, rows) => {
        const weights = Float32Array.from({ length: rows * values.length }, (_, i) => values[i % values.length]!)
        const { weights: whole, scales } = integerWeights(weights, undefined, rows, 1)
        for (const [i, one] of whole.entries()) {
          const step = scales[Math.floor(i / values.length)]!
          expect(Math.abs(one)).toBeLessThanOrEqual(mostWeight)
          expect(Math.abs(weights[i]! - one * step)).toBeLessThanOrEqual(step * 0.5001)
        }
      }),
    )
    expect(2 * 255 * mostWeight).toBeLessThan(2 ** 15)
  })

  it('take a coarser step where a bias would leave 32 bits, and any step for a channel of zeros', () => {
    const { scales, bias } = integerWeights(new Float32Array(2), Float32Array.of(1e6, 0), 2, 1e-6)
    expect(Math.abs(bias![0]! * 1e-6 * scales[0]! - 1e6)).toBeLessThan(1)
    expect(Math.abs(bias![0]!)).toBeLessThanOrEqual(2 ** 30)
    expect([scales[1], bias![1]]).toEqual([1, 0])
  })

  it('hold 0 exactly and every value of the range to half a step', () => {
    fc.assert(
      fc.property(reals, reals, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
        const { scale, zero } = scaleOf({ low: Math.min(a, b), high: Math.max(a, b) })
        expect(Number.isInteger(zero) && zero >= 0 && zero <= 255).toBe(true)
        const [low, high] = [Math.min(a, b, 0), Math.max(a, b, 0)]
        const value = low + share * (high - low)
        const code = Math.max(0, Math.min(255, Math.round(value / scale) + zero))
        // The zero is rounded too: either end may lie half a step outside of the codes.
        expect(Math.abs((code - zero) * scale - value)).toBeLessThanOrEqual(scale * 1.001 + 1e-6)
      }),
    )
    expect(scaleOf({ low: 0, high: 255 })).toEqual({ scale: 1, zero: 0 })
    expect(scaleOf({ low: 0, high: 0 })).toEqual({ scale: 1, zero: 0 })
  })

  it('come from ranges without the outliers', () => {
    const values = Float32Array.from({ length: 30_000 }, (_, i) => (i % 1000) / 1000)
    values[17] = 1e6
    values[18] = -1e6
    expect(rangeOf(values)).toEqual({ low: 0, high: Math.fround(0.999) })
    expect(rangeOf(Float32Array.of(-2, 3))).toEqual({ low: -2, high: 3 })
  })
})
