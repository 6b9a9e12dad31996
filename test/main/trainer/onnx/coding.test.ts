import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dequantise, fitCoding, quantise } from '../../../../src/main/trainer/onnx/coding.ts'

describe('coding of features', () => {
  it('rounds half to even and clips', () => {
    const coding = { type: 'uint8', scale: 0.5, offset: 0 } as const
    const values = Float32Array.of(0.25, 0.75, 1.25, 1.3, -3, 200)
    expect([...quantise(values, coding)]).toEqual([0, 2, 2, 3, 0, 255])
    expect([...quantise(Float32Array.of(-1, 1), { type: 'uint8', scale: 1, offset: -2 })]).toEqual([1, 3])
  })

  it('loses at most half a level inside the range that it was fitted to', () => {
    const values = fc.float32Array({ min: -1000, max: 1000, noNaN: true, minLength: 1 })
    fc.assert(
      fc.property(values, fc.boolean(), (sample, nonNegative) => {
        const features = nonNegative ? sample.map(Math.abs) : sample
        const coding = fitCoding(Math.min(...features), Math.max(...features), nonNegative)
        const back = dequantise(quantise(features, coding), coding)
        features.forEach((value, i) => {
          expect(Math.abs(back[i] - value)).toBeLessThanOrEqual(coding.scale * 0.5 + 1e-3)
        })
        if (nonNegative) expect([...dequantise(quantise(Float32Array.of(0), coding), coding)]).toEqual([0])
      }),
    )
  })

  it('codes a tensor that never varies', () => {
    const coding = fitCoding(3, 3, false)
    expect([...dequantise(quantise(Float32Array.of(3, 3), coding), coding)]).toEqual([3, 3])
    expect(fitCoding(0, 0, true)).toEqual({ type: 'uint8', scale: 1, offset: 0 })
  })
})
