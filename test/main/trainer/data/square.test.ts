import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeSquare } from '../../../../src/main/trainer/data/folders/square.ts'
import { picture } from '../../../support/images.ts'

const square = (width: number, height: number, data: Uint8Array | Uint8ClampedArray, size: number): number[] => {
  const out = new Uint8Array(size * size * 3)
  writeSquare({ width, height, data }, size, out, 0)
  return Array.from(out)
}

/** [n, n, 4] whose channels are these functions of row and column. */
function made(n: number, colour: (y: number, x: number) => [number, number, number]): Uint8Array {
  const data = new Uint8Array(n * n * 4)
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) data.set([...colour(y, x), 255], (y * n + x) * 4)
  return data
}

describe('writeSquare', () => {
  // Made with Pillow 12: Image.fromarray(…).resize((n, n), Image.BILINEAR); it works with weights of 22 bits.
  const five = made(5, (y, x) => [(y * 5 + x) * 10, x * x * 13, (y * 97 + x * 31) % 256])
  const pillow: Record<number, number[]> = {
    2: [60, 22, 100, 80, 126, 123, 160, 22, 120, 180, 126, 117],
    3: [
      25, 6, 55, 41, 58, 104, 57, 169, 153, 104, 6, 150, 120, 58, 89, 136, 169, 106, 183, 6, 103, 199, 58, 152, 215,
      169, 117,
    ],
  }
  for (const [size, expected] of Object.entries(pillow)) {
    it(`shrinks 5 × 5 to ${size} × ${size} as Pillow does`, () => {
      const got = square(5, 5, five, Number(size))
      for (const [at, value] of got.entries()) expect(Math.abs(value - expected[at])).toBeLessThanOrEqual(1)
    })
  }

  it('grows by linear interpolation between pixel centres, and holds the border', () => {
    const two = made(2, (_, x) => [x * 100, 0, 200])
    const row = [0, 0, 200, 25, 0, 200, 75, 0, 200, 100, 0, 200]
    expect(square(2, 2, two, 4)).toEqual([...row, ...row, ...row, ...row])
  })

  it('cuts the middle square out of wide and tall images', () => {
    const wide = new Uint8Array(5 * 3 * 4)
    for (let y = 0; y < 3; y++) for (let x = 0; x < 5; x++) wide.set([x, y, 0, 255], (y * 5 + x) * 4)
    expect(square(5, 3, wide, 3)).toEqual([
      1, 0, 0, 2, 0, 0, 3, 0, 0, 1, 1, 0, 2, 1, 0, 3, 1, 0, 1, 2, 0, 2, 2, 0, 3, 2, 0,
    ])
    const tall = new Uint8Array(2 * 4 * 4)
    for (let y = 0; y < 4; y++) for (let x = 0; x < 2; x++) tall.set([x, y, 0, 255], (y * 2 + x) * 4)
    expect(square(2, 4, tall, 2)).toEqual([0, 1, 0, 1, 1, 0, 0, 2, 0, 1, 2, 0])
  })

  it('leaves images of the right size and plain colours as they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.nat(255), (from, to, grey) => {
        const rgba = picture(from, from)
        const rgb = Array.from(rgba).filter((_, at) => at % 4 !== 3)
        expect(square(from, from, rgba, from)).toEqual(rgb)
        const plain = made(from, () => [grey, grey, grey])
        expect(square(from, from, plain, to).every((value) => value === grey)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
