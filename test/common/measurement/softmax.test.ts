import fc from 'fast-check'
import { expect, it } from 'vitest'
import { likeliest } from '#common/measurement/softmax.ts'

it('gives the likeliest classes with their shares, the first of equals', () => {
  const [first, second] = likeliest([Math.log(1), Math.log(3), Math.log(3), Math.log(1)], 2)
  expect(first).toEqual({ class: 1, share: expect.closeTo(3 / 8, 12) })
  expect(second).toEqual({ class: 2, share: expect.closeTo(3 / 8, 12) })
})

it('has shares that make one, in the order of the logits, however large they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e30, max: 1e30, noNaN: true }), { minLength: 1, maxLength: 50 }),
      (logits) => {
        const all = likeliest(logits, logits.length)
        expect(all.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
        expect(logits[all[0]!.class]).toBe(Math.max(...logits))
        for (const [index, { share }] of all.entries())
          if (index > 0) expect(share).toBeLessThanOrEqual(all[index - 1]!.share)
      },
    ),
  )
})
