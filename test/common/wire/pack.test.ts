import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Codes } from '#common/wire/pack.ts'
import { packCodes, unpackCodes } from '#common/wire/pack.ts'

const coded = fc
  .integer({ min: 1, max: 16 })
  .chain((bits) => fc.record({ bits: fc.constant(bits), values: fc.array(fc.nat(2 ** bits - 1), { maxLength: 100 }) }))

const typed = (values: number[], bits: number): Codes =>
  bits <= 8 ? Uint8Array.from(values) : Uint16Array.from(values)

describe('dense packing', () => {
  it('is lossless in the fewest bytes', () => {
    fc.assert(
      fc.property(coded, ({ bits, values }) => {
        const codes = typed(values, bits)
        const bytes = packCodes(codes, bits)
        expect(bytes.length).toBe(Math.ceil((values.length * bits) / 8))
        expect(unpackCodes(bytes, bits, values.length)).toEqual(codes)
      }),
    )
  })

  it('is the number Σ code_i · 2^(i·bits), low byte first', () => {
    fc.assert(
      fc.property(coded, ({ bits, values }) => {
        let number = values.reduceRight((sum, code) => (sum << BigInt(bits)) | BigInt(code), 0n)
        const expected = [...packCodes(typed(values, bits), bits)].map(() => {
          const byte = Number(number & 255n)
          number >>= 8n
          return byte
        })
        expect([...packCodes(typed(values, bits), bits)]).toEqual(expected)
      }),
    )
  })

  it('has these bytes', () => {
    expect([...packCodes(Uint8Array.of(1, 0, 1, 1, 0, 0, 0, 1, 1), 1)]).toEqual([0b10001101, 1])
    expect([...packCodes(Uint8Array.of(5, 2, 7), 3)]).toEqual([0b11010101, 1])
    expect([...packCodes(Uint16Array.of(0xabc, 0x123), 12)]).toEqual([0xbc, 0x3a, 0x12])
  })

  it('refuses codes and bytes that do not fit', () => {
    expect(() => packCodes(Uint8Array.of(8), 3)).toThrow('code 8 needs more than 3 bits')
    expect(() => packCodes(Uint8Array.of(1), 0)).toThrow('1 to 16')
    expect(() => packCodes(Uint8Array.of(1), 17)).toThrow('1 to 16')
    expect(() => unpackCodes(new Uint8Array(2), 3, 2)).toThrow('2 codes of 3 bits are 1 bytes, received 2')
    expect(() => unpackCodes(Uint8Array.of(0xff), 3, 2)).toThrow('unused bits')
  })
})
