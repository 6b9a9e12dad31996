import { describe, expect, it } from 'vitest'
import { channelsFirst, spread } from '../../../../src/main/trainer/candidates/images.ts'

/** Images of one pixel whose three channels hold their number, and one and two more. */
const numbered = (count: number) => ({
  count,
  size: 1,
  channels: 3 as const,
  images: Uint8Array.from({ length: count * 3 }, (_, i) => Math.floor(i / 3) + (i % 3)),
  labels: new Uint16Array(count),
})
const firsts = (images: Uint8Array) => [...images].filter((_, i) => i % 3 === 0)

describe('images of a candidate', () => {
  it('are spread evenly over the set, and repeated where it is too small', () => {
    expect(firsts(spread(numbered(10), 5))).toEqual([0, 2, 4, 6, 8])
    expect(firsts(spread(numbered(5), 5))).toEqual([0, 1, 2, 3, 4])
    expect(firsts(spread(numbered(2), 5))).toEqual([0, 1, 0, 1, 0])
  })

  it('become planes', () => {
    const two = Uint8Array.of(1, 2, 3, 11, 12, 13, 4, 5, 6, 14, 15, 16)
    expect([...channelsFirst(two, 2)]).toEqual([1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16])
    expect([...channelsFirst(two, 1)]).toEqual([1, 11, 4, 14, 2, 12, 5, 15, 3, 13, 6, 16])
  })
})
