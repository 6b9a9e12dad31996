import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { halvesOf, numbersOf } from '#common/formats/half.ts'

describe('half precision', () => {
  it('reads every half as the number it is, and writes it back as itself', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, index) => index)
    // 2^-24 · 1, 2^-14 - 2^-24, 2^-14, 1, 1 + 2^-10, 65504, -2, infinities, NaN: by hand.
    const known = new Map([
      ...([
        [0x0001, 2 ** -24],
        [0x03ff, 1023 * 2 ** -24],
        [0x0400, 2 ** -14],
        [0x3c00, 1],
      ] as const),
      ...([
        [0x3c01, 1 + 2 ** -10],
        [0x7bff, 65_504],
        [0xc000, -2],
        [0x7c00, Infinity],
        [0xfc00, -Infinity],
      ] as const),
    ])
    const numbers = numbersOf(all)
    for (const [half, value] of known) expect(numbers[half]).toBe(value)
    expect(numbers[0x7e01]).toBeNaN()
    expect(Object.is(numbers[0x8000], -0)).toBe(true)
    const again = halvesOf(numbers)
    expect(all.filter((half, index) => again[index] !== half && !Number.isNaN(numbers[half]))).toEqual(
      new Uint16Array(),
    )
  })

  it('rounds to the nearest, ties to even', () => {
    const midway = (a: number, b: number): number =>
      (numbersOf(Uint16Array.of(a, b))[0]! + numbersOf(Uint16Array.of(a, b))[1]!) / 2
    const ties = [
      [0, 1],
      [1, 2],
      [0x3ff, 0x400],
      [0x3c00, 0x3c01],
      [0x3c01, 0x3c02],
      [0x7bfe, 0x7bff],
    ] as const
    for (const [a, b] of ties) {
      expect(halvesOf(Float32Array.of(midway(a, b)))[0]).toBe(a % 2 === 0 ? a : b)
    }
    expect([...halvesOf(Float32Array.of(65_519.99, 65_520, -1e9, Number.NaN, 1e-9))]).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x7e00, 0,
    ])
    const finite = fc.float({ noNaN: true, min: -65_000, max: 65_000 })
    fc.assert(
      fc.property(finite, (value) => {
        const half = halvesOf(Float32Array.of(value))[0]!
        const distance = (other: number): number => Math.abs(numbersOf(Uint16Array.of(other))[0]! - value)
        const near = [half - 1, half + 1].filter((other) => other >= 0 && (other & 0x7fff) < 0x7c00)
        for (const other of near) expect(distance(half)).toBeLessThanOrEqual(distance(other))
      }),
    )
  })
})
