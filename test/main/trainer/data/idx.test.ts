import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { drawnDigits } from '../../../../src/main/trainer/data/digits/digits.ts'
import { openIdx } from '../../../../src/main/trainer/data/idx/open.ts'
import { idx, writeIdxFiles } from '../../../support/idxFiles.ts'
import { expectError, temporaryFolder } from '../../../support/images.ts'

const never = new AbortController().signal
const [train, test] = await Promise.all([drawnDigits('train', 30, 1, never), drawnDigits('test', 20, 1, never)])

it('reads IDX files, gzipped or not, the first images of each', () => {
  const folder = temporaryFolder()
  writeIdxFiles(folder, train, test)
  const read = openIdx(folder, { trainImages: 30, testImages: 12 })
  expect(read.train).toMatchObject({ count: 30, size: 28, channels: 1 })
  expect(Buffer.compare(read.train.images, train.images)).toBe(0)
  expect(read.train.labels).toEqual(train.labels)
  expect(Buffer.compare(read.test.images, test.images.subarray(0, 12 * 784))).toBe(0)
})

it('says what is wrong with files that are missing, damaged, of another kind, or too short', async () => {
  const folder = temporaryFolder()
  const open = (trainImages = 30) => openIdx(folder, { trainImages, testImages: 20 })
  await expectError(() => open(), 'bad-data', /there is no train-images-idx3-ubyte/)
  writeIdxFiles(folder, train, test)
  await expectError(() => open(31), 'bad-data', /31 images were asked for, but there are 30/)
  const replaced = async (name: string, content: Uint8Array, message: RegExp): Promise<void> => {
    writeFileSync(join(folder, name), content)
    await expectError(() => open(), 'bad-data', message)
    writeIdxFiles(folder, train, test)
  }
  const labels = 'train-labels-idx1-ubyte'
  await replaced('train-images-idx3-ubyte.gz', Buffer.from('no gzip'), /cannot be unpacked/)
  await replaced(labels, idx([30], Uint8Array.from(train.labels)).subarray(0, 20), /needs? .*bytes, it has 20/)
  await replaced(labels, idx([29], new Uint8Array(29)), /29 labels for 30 images/)
  await replaced(labels, idx([30], new Uint8Array(30).fill(10)), /record 0 has label 10/)
  await replaced(labels, Buffer.from([0, 0, 13, 1, 0, 0, 0, 30]), /type 13, not bytes/)
  await replaced('t10k-images.idx3-ubyte', idx([20, 14, 14], new Uint8Array(20 * 196)), /14×14 pixels, not 28×28/)
})

it('draws digits that are the same for a seed, each class alike often, and never the same twice', async () => {
  const longer = await drawnDigits('train', 60, 1, never)
  expect(Buffer.compare(longer.images.subarray(0, train.images.length), train.images)).toBe(0)
  const counts = new Array(10).fill(0)
  for (const label of longer.labels) counts[label]++
  expect(counts).toEqual(new Array(10).fill(6))
  const pictures = new Set(
    [longer, test].flatMap(({ count, images }) =>
      Array.from({ length: count }, (_, n) => Buffer.from(images.subarray(n * 784, (n + 1) * 784)).toString('base64')),
    ),
  )
  expect(pictures.size).toBe(80)
})
