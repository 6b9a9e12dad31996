import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CodedError } from '#common/errors.ts'
import { random } from '#common/random.ts'
import { priorLength, rangeDecode, rangeEncode, rangePrior } from '#common/wire/rangeCoder.ts'

const coded = fc.integer({ min: 1, max: 8 }).chain((bits) =>
  fc.record({
    bits: fc.constant(bits),
    // Long runs of the largest and smallest codes make carries run through many bytes.
    codes: fc
      .array(fc.oneof(fc.nat(2 ** bits - 1), fc.constant(0), fc.constant(2 ** bits - 1)), { maxLength: 400 })
      .map((values) => Uint8Array.from(values)),
    prior: fc.option(fc.uint8Array({ minLength: priorLength(bits), maxLength: priorLength(bits) })),
  }),
)

describe('range coder', () => {
  it('gives back every sequence of codes, whatever the first probabilities', () => {
    fc.assert(
      fc.property(coded, ({ codes, bits, prior }) => {
        expect(rangeDecode(rangeEncode(codes, bits, prior), bits, codes.length, prior)).toEqual(codes)
      }),
      { numRuns: 400 },
    )
  })

  it('comes near the entropy of a source, and starts nearer with probabilities of its kind', () => {
    const draw = (seed: number): Uint8Array => {
      const rng = random(seed, 'source')
      return Uint8Array.from({ length: 512 }, () => (rng.next() < 0.75 ? 0 : 1 + rng.below(15)))
    }
    // ¾ are 0, the rest uniform over 15.
    const bitsPerCode = -0.75 * Math.log2(0.75) - 0.25 * Math.log2(0.25 / 15)
    const least = (512 * bitsPerCode) / 8
    const prior = rangePrior([1, 2, 3, 4, 5, 6, 7, 8].map(draw), 4)
    const mean = (first: Uint8Array | null): number => {
      const lengths = Array.from({ length: 20 }, (_, i) => rangeEncode(draw(100 + i), 4, first).length)
      return lengths.reduce((a, b) => a + b, 0) / lengths.length
    }
    const [cold, warm] = [mean(null), mean(prior)]
    expect(warm).toBeLessThan(cold)
    expect(warm).toBeLessThan(1.06 * least)
    expect(cold).toBeLessThan(1.25 * least)
    expect(warm).toBeGreaterThan(0.95 * least)
  })

  it('reads any bytes without more harm than a coded error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(200),
        fc.integer({ min: 1, max: 8 }),
        (bytes, count, bits) => {
          try {
            const codes = rangeDecode(bytes, bits, count)
            expect(codes.length).toBe(count)
            expect(codes.every((code) => code < 2 ** bits)).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(CodedError)
            expect((error as CodedError).code).toBe('protocol-violated')
          }
        },
      ),
    )
  })

  it('refuses what it cannot code', () => {
    expect(() => rangeEncode(Uint8Array.of(4), 2)).toThrow('more than 2 bits')
    expect(() => rangeEncode(Uint8Array.of(4), 9)).toThrow('1 to 8')
    expect(() => rangeEncode(Uint8Array.of(1), 2, new Uint8Array(3))).toThrow('12 are needed')
  })
})
