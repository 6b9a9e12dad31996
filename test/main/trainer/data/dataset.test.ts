import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DataConfig } from '#common/contract/config.ts'
import { loadDataset } from '../../../../src/main/trainer/data/dataset.ts'
import { emptyImageSet } from '../../../../src/main/trainer/data/imageSet.ts'
import { channelStatistics } from '../../../../src/main/trainer/data/statistics.ts'
import { countingRecords, expectError, never, picture, png, temporaryFolder, write } from '../../../support/images.ts'
import { dataFolder, itWith } from '../../../support/requires.ts'

const quiet = () => {}
const synthetic: DataConfig = { source: { kind: 'synthetic' }, trainImages: 256, testImages: 100, seed: 1 }
const files = (path: string, trainImages: number | null, testImages: number | null, seed = 1): DataConfig => ({
  source: { kind: 'files', path },
  trainImages,
  testImages,
  seed,
})

describe('loadDataset', () => {
  it('draws the built-in set: as many validation images as the protocol asks for, statistics of the training images', async () => {
    const lines: string[] = []
    const dataset = await loadDataset(synthetic, (line) => lines.push(line), never)
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([256, 1000, 100])
    expect([dataset.name, dataset.size, dataset.classes, dataset.classNames.length]).toEqual(['synthetic', 32, 10, 10])
    expect(dataset.mean).toEqual(channelStatistics(dataset.train).mean)
    expect(lines).toEqual([
      'Data: synthetic, 10 classes, 32 × 32 pixels; 256 training, 1,000 validation and 100 test images.',
    ])
  })

  it('hashes all three sets', async () => {
    const { hash, train, validation, test } = await loadDataset(synthetic, quiet, never)
    const expected = createHash('sha256')
    for (const set of [train, validation, test]) {
      expected.update(Buffer.from(Uint32Array.of(set.count, set.size).buffer))
      expected.update(set.images)
      expected.update(Buffer.from(set.labels.buffer))
    }
    expect(hash).toBe(expected.digest('hex'))
    const others: Partial<DataConfig>[] = [{ seed: 2 }, { testImages: 101 }, { trainImages: 257 }]
    for (const other of others)
      expect((await loadDataset({ ...synthetic, ...other }, quiet, never)).hash).not.toBe(hash)
    expect((await loadDataset(synthetic, quiet, never)).hash).toBe(hash)
  })

  it('reads CIFAR files: published statistics, notes in the log', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(1100))
    write(join(folder, 'data_batch_2.bin'), countingRecords(1100, 2))
    write(join(folder, 'test_batch.bin'), countingRecords(30, 3))
    const lines: string[] = []
    const dataset = await loadDataset(files(folder, null, null), (line) => lines.push(line), never)
    expect(dataset.mean).toEqual([0.4914, 0.4822, 0.4465])
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([1200, 1000, 30])
    expect(dataset.notes.length).toBe(1)
    expect(lines[1]).toBe(dataset.notes[0])
    const perClass = Array.from(
      { length: 10 },
      (_, label) => dataset.validation.labels.filter((each) => each === label).length,
    )
    expect(perClass).toEqual(Array(10).fill(100))
  })

  it('reads image folders: statistics of their training images', async () => {
    const folder = temporaryFolder()
    for (const name of ['a', 'b']) {
      for (let n = 0; n < 10; n++) write(join(folder, 'pets', name, `${n}.png`), png(32, 32, picture(32, 32, n)))
    }
    const dataset = await loadDataset(files(join(folder, 'pets'), null, null), quiet, never)
    expect([dataset.name, dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual(['pets', 8, 8, 4])
    expect(dataset.mean).toEqual(channelStatistics(dataset.train).mean)
    expect(dataset.notes.length).toBe(3)
  })

  it('refuses more images than there are', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(20))
    write(join(folder, 'test_batch.bin'), countingRecords(10))
    await expectError(
      () => loadDataset(files(folder, 5000, null), quiet, never),
      'bad-data',
      /5,000 training images .* there are 20/,
    )
    await expectError(
      () => loadDataset(files(folder, null, 1000), quiet, never),
      'bad-data',
      /1,000 test images .* there are 10/,
    )
  })

  itWith('cifar-10-small', 'reads real CIFAR-10, the same bytes each time', async () => {
    const folder = join(dataFolder, 'cifar-10-small')
    const dataset = await loadDataset(files(folder, 256, 100), quiet, never)
    expect([dataset.name, dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([
      'cifar-10',
      256,
      1000,
      100,
    ])
    expect(dataset.notes).toEqual([])
    // Of 100 images that were drawn for every class, the published statistics are a good estimate.
    const measured = channelStatistics(dataset.validation)
    for (let c = 0; c < 3; c++) expect(Math.abs(measured.mean[c] - dataset.mean[c])).toBeLessThan(0.03)
    expect((await loadDataset(files(folder, 256, 100), quiet, never)).hash).toBe(dataset.hash)
  })
})

describe('emptyImageSet', () => {
  it('says that the memory does not suffice', async () => {
    const message = /100000000000 images of 224 × 224 pixels need 15052800\.0 GB of memory, more than there is/
    await expectError(() => emptyImageSet(1e11, 224), 'bad-data', message)
  })
})

describe('channelStatistics', () => {
  it('equals mean and deviation computed pixel by pixel, and never gives zero', () => {
    const set = emptyImageSet(1, 2)
    set.images.set([0, 10, 7, 255, 20, 7, 100, 30, 7, 45, 40, 7])
    const { mean, std } = channelStatistics(set)
    expect(mean[0]).toBeCloseTo(100 / 255, 12)
    expect(std[0]).toBeCloseTo(Math.sqrt((100 ** 2 + 155 ** 2 + 0 + 55 ** 2) / 4) / 255, 12)
    expect(mean[1]).toBeCloseTo(25 / 255, 12)
    expect(std[1]).toBeCloseTo(Math.sqrt(125) / 255, 12)
    expect([mean[2], std[2]]).toEqual([7 / 255, 1 / 255])
  })
})
