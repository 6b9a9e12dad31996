import { expect, it } from 'vitest'
import { emptyImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import { epochBatches, stepsPerEpoch } from '../../../../src/main/trainer/training/batches.ts'

/** Images whose label and every pixel is their number. */
function numbered(count: number) {
  const set = emptyImageSet(count, 2)
  for (let n = 0; n < count; n++) {
    set.labels[n] = n
    set.images.fill(n, n * 12, (n + 1) * 12)
  }
  return set
}
const options = { batchSize: 4, augment: { crop: 0, flip: true }, fill: [0, 0, 0], seed: 1, stream: 'test' }
const labelsOf = (count: number, epoch: number, changes: Partial<typeof options> = {}): number[] =>
  Array.from(epochBatches(numbered(count), epoch, { ...options, ...changes }), ({ labels }) => [...labels]).flat()

it('gives every image at most once, with its label, in whole batches', () => {
  const seen: number[] = []
  for (const { images, labels } of epochBatches(numbered(11), 0, options)) {
    expect(labels).toHaveLength(4)
    expect(images).toHaveLength(4 * 12)
    for (let n = 0; n < 4; n++) expect(new Set(images.subarray(n * 12, (n + 1) * 12))).toEqual(new Set([labels[n]]))
    seen.push(...labels)
  }
  expect(seen).toHaveLength(8)
  expect(new Set(seen).size).toBe(8)
  expect(stepsPerEpoch(11, 4)).toBe(2)
})

it('makes one batch of a set that is smaller than one', () => {
  expect(labelsOf(3, 0).sort()).toEqual([0, 1, 2])
  expect(stepsPerEpoch(3, 4)).toBe(1)
})

it('shuffles anew in every epoch, by seed and stream, and the same way again', () => {
  const orders = [labelsOf(40, 0), labelsOf(40, 1), labelsOf(40, 0, { seed: 2 }), labelsOf(40, 0, { stream: 'other' })]
  expect(new Set(orders.map(String)).size).toBe(orders.length)
  expect(labelsOf(40, 1)).toEqual(orders[1])
})

it('augments anew in every epoch', () => {
  const set = { ...emptyImageSet(1, 4), images: Uint8Array.from({ length: 48 }, (_, at) => at) }
  const versions = Array.from({ length: 12 }, (_, epoch) => {
    const [batch] = epochBatches(set, epoch, { ...options, augment: { crop: 1, flip: true } })
    return String(batch.images)
  })
  expect(new Set(versions).size).toBeGreaterThan(3)
})
