import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
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

  it('gives every vector of neighbouring channels its nearest word, and the word back at its place', () => {
    fc.assert(
      fc.property(
        fc.record({ groups: fc.integer({ min: 1, max: 3 }), size: fc.integer({ min: 1, max: 4 }) }),
        fc.record({ images: fc.integer({ min: 1, max: 3 }), positions: fc.integer({ min: 1, max: 5 }) }),
        fc.record({ count: fc.integer({ min: 2, max: 9 }), seed: fc.nat() }),
        ({ groups, size }, { images, positions }, { count, seed }) => {
          const rng = random(seed, 'words')
          const words = Float32Array.from({ length: count * size }, () => rng.normal())
          const features = Float32Array.from({ length: images * groups * size * positions }, () => rng.normal())
          const coding = { type: 'vectors', words, size, positions } as const
          const codes = quantise(features, coding)
          expect(codes).toHaveLength(images * groups * positions)
          const back = dequantise(codes, coding)
          let at = 0
          for (let image = 0; image < images; image++) {
            for (let group = 0; group < groups; group++) {
              for (let position = 0; position < positions; position++) {
                const channel = (c: number) => ((image * groups + group) * size + c) * positions + position
                const far = (word: number) =>
                  Math.hypot(...Array.from({ length: size }, (_, c) => features[channel(c)] - words[word * size + c]))
                const code = codes[at++]
                for (let word = 0; word < count; word++) expect(far(code)).toBeLessThanOrEqual(far(word) + 1e-12)
                for (let c = 0; c < size; c++) expect(back[channel(c)]).toBe(words[code * size + c])
              }
            }
          }
        },
      ),
    )
  })
})
