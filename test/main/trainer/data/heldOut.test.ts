import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openCifar } from '../../../../src/main/trainer/data/cifar/open.ts'
import { labelsHashOf, selectBesideTraining } from '../../../../src/main/trainer/data/heldOut.ts'
import { selectRecords } from '../../../../src/main/trainer/data/selection.ts'
import type { StoredImages } from '../../../../src/main/trainer/data/storedImages.ts'
import { countingRecords, expectError, never, temporaryFolder, write } from '../../../support/images.ts'

function opened(train: number): StoredImages {
  const folder = temporaryFolder()
  write(join(folder, 'data_batch_1.bin'), countingRecords(train))
  write(join(folder, 'test_batch.bin'), countingRecords(20))
  return openCifar(folder)!
}

const records = 3000
const heldOutOf = async (stored: StoredImages) => ({
  trainImages: records,
  seed: 7,
  records,
  labelsHash: await labelsHashOf(stored, never),
})

it('decides on records that the weights have not seen, and trains on some that they have', async () => {
  const stored = opened(records)
  const heldOut = await heldOutOf(stored)
  const training = await selectRecords(stored, { trainImages: records, testImages: 10, seed: 7 }, never)
  const seen = new Set(training.train)
  const { train, validation, test, notes } = await selectBesideTraining(
    stored,
    { trainImages: 500, testImages: 10, seed: 1, heldOut },
    never,
  )
  expect(train).toHaveLength(500)
  expect(train.every((record) => seen.has(record))).toBe(true)
  expect(validation).toHaveLength(1000)
  expect(validation.some((record) => seen.has(record))).toBe(false)
  expect(Array.from(test)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(notes[0]).toContain('1,000 of the 1,000 training records that the pretrained weights have not seen')
})

it('refuses images in another order, and more training images than there were', async () => {
  const stored = opened(records)
  const heldOut = await heldOutOf(stored)
  const wanted = { trainImages: 100, testImages: 10, seed: 1 }
  await expectError(
    () => selectBesideTraining(stored, { ...wanted, heldOut: { ...heldOut, labelsHash: 'ab' } }, never),
    'bad-data',
    /trained on other images/,
  )
  await expectError(
    () => selectBesideTraining(opened(records + 10), { ...wanted, heldOut }, never),
    'bad-data',
    /trained on other images/,
  )
  await expectError(
    () => selectBesideTraining(stored, { ...wanted, trainImages: 2500, heldOut }, never),
    'bad-data',
    /2,500 training images were asked for, but the pretrained weights were trained on 2,000/,
  )
})
