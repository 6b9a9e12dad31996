import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import { pickBalanced } from '../../../../src/main/trainer/data/balanced.ts'
import { openCifar } from '../../../../src/main/trainer/data/cifar/open.ts'
import { selectRecords, validationCount } from '../../../../src/main/trainer/data/selection.ts'
import type { StoredImages } from '../../../../src/main/trainer/data/storedImages.ts'
import { countingRecords, expectError, never, temporaryFolder, write } from '../../../support/images.ts'

describe('pickBalanced', () => {
  it('picks distinct positions, as even as the labels allow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }).chain((classes) =>
          fc.record({
            classes: fc.constant(classes),
            labels: fc.array(fc.integer({ min: 0, max: classes - 1 }), { minLength: 1, maxLength: 60 }),
            share: fc.double({ min: 0, max: 1, noNaN: true }),
            seed: fc.nat(),
          }),
        ),
        ({ classes, labels, share, seed }) => {
          const count = Math.floor(share * labels.length)
          const { picked } = pickBalanced(labels, classes, count, random(seed))
          expect(new Set(picked).size).toBe(count)
          expect(Array.from(picked)).toEqual([...picked].sort((a, b) => a - b))
          const there = Array.from({ length: classes }, (_, c) => labels.filter((label) => label === c).length)
          const got = Array.from({ length: classes }, (_, c) => [...picked].filter((at) => labels[at] === c).length)
          // Whoever has fewer than another by more than one has nothing left to give.
          const most = Math.max(...got)
          for (let c = 0; c < classes; c++) expect(got[c] >= most - 1 || got[c] === there[c]).toBe(true)
          expect(pickBalanced(labels, classes, count, random(seed)).picked).toEqual(picked)
        },
      ),
    )
  })

  it('says when a class is too small for its share', () => {
    expect(pickBalanced([0, 0, 0, 1], 2, 4, random(1)).balanced).toBe(false)
    expect(pickBalanced([0, 0, 1, 1], 2, 4, random(1)).balanced).toBe(true)
  })
})

function opened(train: number, test = 20): StoredImages {
  const folder = temporaryFolder()
  write(join(folder, 'data_batch_1.bin'), countingRecords(train))
  write(join(folder, 'test_batch.bin'), countingRecords(test))
  const stored = openCifar(folder)
  if (stored === null) throw new Error('not recognised')
  return stored
}

const select = (stored: StoredImages, trainImages: number | null, testImages: number | null = 10, seed = 1) =>
  selectRecords(stored, { trainImages, testImages, seed }, never)

describe('selectRecords', () => {
  it('has max(1,000, 10 %) validation images', () => {
    expect([1, 256, 5000, 10_000, 10_001, 45_000].map(validationCount)).toEqual([1000, 1000, 1000, 1000, 1001, 4500])
  })

  it('trains on the first N, validates on further records, class by class, and tests on the first N', async () => {
    const stored = opened(3000)
    const { train, validation, test, notes } = await select(stored, 256)
    expect(train).toEqual(Int32Array.from({ length: 256 }, (_, n) => n))
    expect(test).toEqual(Int32Array.from({ length: 10 }, (_, n) => n))
    expect(notes).toEqual([])
    expect(validation.length).toBe(1000)
    expect(Math.min(...validation)).toBeGreaterThanOrEqual(256)
    const labels = Array.from(validation, (index) => index % 10)
    for (let label = 0; label < 10; label++) expect(labels.filter((each) => each === label).length).toBe(100)
  })

  it('draws the validation images by the seed', async () => {
    const stored = opened(3000)
    const first = (await select(stored, 256)).validation
    expect((await select(stored, 256)).validation).toEqual(first)
    expect((await select(stored, 256, 10, 2)).validation).not.toEqual(first)
  })

  it('looks further when the next records lack a class', async () => {
    const labels = new Uint16Array(9000).map((_, n) => (n < 6000 ? n % 9 : 9))
    const reads: [number, number][] = []
    const stored: StoredImages = {
      ...opened(20),
      counts: { train: labels.length, test: 20 },
      labels: async (_, from, to) => {
        reads.push([from, to])
        return labels.slice(from, to)
      },
    }
    const { validation } = await select(stored, 100)
    expect(Array.from(validation).filter((index) => labels[index] === 9).length).toBe(100)
    expect(reads).toEqual([
      [100, 3100],
      [100, 6100],
    ])
  })

  it('takes validation out of the training records where there are no others, and says so', async () => {
    const { train, validation, notes } = await select(opened(2000), 2000)
    expect([train.length, validation.length]).toEqual([1000, 1000])
    expect(new Set([...train, ...validation]).size).toBe(2000)
    expect(notes).toEqual([
      'Validation images: 1,000 of the 2,000 training records, because there are too few beside the 2,000 training images; 1,000 are left for training.',
    ])
    const partly = await select(opened(2000), 1200)
    expect([partly.train.length, partly.validation.length]).toEqual([1000, 1000])
  })

  it('leaves at least half of a small set for training', async () => {
    const { train, validation, notes } = await select(opened(300), null)
    expect([train.length, validation.length]).toEqual([150, 150])
    expect(notes[0]).toMatch(/150 \(fewer than the usual 1,000\) of the 300 training records/)
    const few = await select(opened(300), 20)
    expect([few.train.length, few.validation.length]).toEqual([20, 280])
    expect(few.notes[0]).not.toMatch(/left for training/)
  })

  it('refuses more images than there are', async () => {
    const stored = opened(300)
    await expectError(() => select(stored, 301), 'bad-data', /301 training images were asked for, but there are 300/)
    const error = await expectError(
      () => select(stored, 10, 21),
      'bad-data',
      /21 test images were asked for, but there are 20/,
    )
    expect(error.hint).toMatch(/--test-images 20/)
  })
})
