import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import { augmentBatch, meanColour } from '../../../../src/main/trainer/data/augment.ts'
import { emptyImageSet, type ImageSet } from '../../../../src/main/trainer/data/imageSet.ts'

function noise(count: number, size: number, seed: number): ImageSet {
  const set = emptyImageSet(count, size)
  const rng = random(seed, 'noise')
  for (let i = 0; i < set.images.length; i++) set.images[i] = rng.below(256)
  return set
}

/** Pads, crops and mirrors pixel by pixel, the way the recipe is written down. */
function reference(
  set: ImageSet,
  index: number,
  crop: number,
  top: number,
  left: number,
  mirrored: boolean,
  fill: number[],
): number[] {
  const { size, images } = set
  const out: number[] = []
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const column = mirrored ? size - 1 - x : x
      const [sy, sx] = [y + top - crop, column + left - crop]
      for (let c = 0; c < 3; c++) {
        const inside = sy >= 0 && sy < size && sx >= 0 && sx < size
        out.push(inside ? images[((index * size + sy) * size + sx) * 3 + c] : fill[c])
      }
    }
  }
  return out
}

describe('augmentBatch', () => {
  it('equals padding, cropping and mirroring pixel by pixel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 5 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 1e6 }),
        (size, crop, flip, indices, seed) => {
          const set = noise(4, size, seed)
          const fill = [1, 128, 250]
          const out = new Uint8Array(indices.length * size * size * 3)
          augmentBatch(set, indices, { crop, flip }, random(seed, 'draws'), fill, out)
          const rng = random(seed, 'draws')
          const expected = indices.flatMap((index) => {
            const top = crop > 0 ? rng.below(2 * crop + 1) : 0
            const left = crop > 0 ? rng.below(2 * crop + 1) : 0
            return reference(set, index, crop, top, left, flip && rng.next() < 0.5, fill)
          })
          expect(Array.from(out)).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('copies unchanged without crop and flip', () => {
    const set = noise(5, 8, 2)
    const out = new Uint8Array(2 * 8 * 8 * 3)
    augmentBatch(set, Int32Array.of(3, 1), { crop: 0, flip: false }, random(1), [0, 0, 0], out)
    expect(out.subarray(0, 192)).toEqual(set.images.subarray(3 * 192, 4 * 192))
    expect(out.subarray(192)).toEqual(set.images.subarray(192, 2 * 192))
  })

  it('mirrors half of the images and reaches every offset', () => {
    // One pixel of colour in the middle: where it lands tells the offset; a second beside it tells the direction.
    const size = 32
    const set = emptyImageSet(1, size)
    set.images[(16 * size + 16) * 3] = 100
    set.images[(16 * size + 17) * 3] = 200
    const draws = 4000
    const out = new Uint8Array(draws * size * size * 3)
    augmentBatch(set, new Int32Array(draws), { crop: 4, flip: true }, random(7, 'spread'), [0, 0, 0], out)
    let mirrored = 0
    const places = new Set<number>()
    for (let n = 0; n < draws; n++) {
      const image = out.subarray(n * size * size * 3, (n + 1) * size * size * 3)
      const at = image.indexOf(100) / 3
      if (image[(at - 1) * 3] === 200) mirrored += 1
      else places.add(at)
    }
    expect(places.size).toBe(81)
    expect(mirrored / draws).toBeGreaterThan(0.46)
    expect(mirrored / draws).toBeLessThan(0.54)
  })

  it('pads with the colour that normalisation maps to zero', () => {
    expect(meanColour([0.4914, 0.4822, 0.4465])).toEqual([125, 123, 114])
  })
})
