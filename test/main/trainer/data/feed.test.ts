import { expect, it } from 'vitest'
import { random } from '#common/random.ts'
import { startFeed } from '../../../../src/main/trainer/data/feed/feed.ts'
import { emptyImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import { epochBatches } from '../../../../src/main/trainer/training/batches.ts'
import { randomBytes } from '../../../support/randomModel.ts'

const options = { batchSize: 3, augment: { crop: 2, flip: true }, fill: [9, 8, 7], seed: 5, stream: 'feed' }
/** Seven batches an epoch: more than the ring holds. */
const set = emptyImageSet(22, 8)
set.images.set(randomBytes(set.images.length, random(1, 'feed')))
set.labels.set(set.labels.map((_, at) => at))
const copy = ({ images, labels }: { images: Uint8Array; labels: Uint16Array }) => [[...images], [...labels]]

it('gives the batches that the step would make itself, epoch after epoch', async () => {
  const feed = startFeed(set, options, 2, 5)
  for (const epoch of [2, 3, 4]) {
    const expected = epochBatches(set, epoch, options)
    let count = 0
    for await (const batch of feed.epoch(epoch)) {
      expect(copy(batch)).toEqual(copy(expected.next().value!))
      count += 1
    }
    expect(count).toBe(7)
    expect(expected.next().done).toBe(true)
  }
  await feed.close()
})

it('does not touch a batch that is in use, however long that takes', async () => {
  const feed = startFeed(set, options, 0, 1)
  for await (const batch of feed.epoch(0)) {
    const before = copy(batch)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(copy(batch)).toEqual(before)
  }
  await feed.close()
})

it('ends in the middle of an epoch, and says what went wrong in the thread', async () => {
  const feed = startFeed(set, options, 0, 3)
  for await (const { labels } of feed.epoch(0)) {
    expect(labels).toHaveLength(3)
    break
  }
  await feed.close()
  const broken = startFeed({ ...set, labels: undefined as unknown as Uint16Array }, options, 0, 1)
  const use = async () => {
    for await (const batch of broken.epoch(0)) expect(batch).toBeUndefined()
  }
  await expect(use()).rejects.toThrow(/undefined/)
  await broken.close()
})
