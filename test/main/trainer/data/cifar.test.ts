import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openCifar } from '../../../../src/main/trainer/data/cifar/open.ts'
import { openFolder } from '../../../../src/main/trainer/data/openFolder.ts'
import {
  cifarRecords,
  countingRecords,
  expectError,
  never,
  temporaryFolder,
  withoutPermission,
  write,
} from '../../../support/images.ts'
import { dataFolder, itWith } from '../../../support/requires.ts'

const open = (folder: string) => {
  const stored = openCifar(folder)
  if (stored === null) throw new Error('not recognised')
  return stored
}

describe('CIFAR binary layout', () => {
  it('turns colour planes into pixels, label first', async () => {
    const folder = temporaryFolder()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 1e6 }),
        async (labels, seed) => {
          const bytes = cifarRecords(
            labels.map((label) => [label]),
            seed,
          )
          write(join(folder, 'data_batch_1.bin'), bytes)
          write(join(folder, 'test_batch.bin'), bytes)
          const set = await open(folder).read(
            'train',
            Int32Array.from(labels, (_, n) => n),
            never,
          )
          expect(Array.from(set.labels)).toEqual(labels)
          for (let n = 0; n < labels.length; n++) {
            for (let c = 0; c < 3; c++) {
              for (let y = 0; y < 32; y += 5) {
                for (let x = 0; x < 32; x += 3) {
                  const planar = bytes[n * 3073 + 1 + c * 1024 + y * 32 + x]
                  expect(set.images[((n * 32 + y) * 32 + x) * 3 + c]).toBe(planar)
                }
              }
            }
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  it('numbers records through the files in numeric order and reads any of them', async () => {
    const folder = temporaryFolder()
    const files = { 'data_batch_10.bin': [[9], [8]], 'data_batch_2.bin': [[3]], 'data_batch_1.bin': [[0], [1], [2]] }
    for (const [name, labels] of Object.entries(files)) write(join(folder, name), cifarRecords(labels, name.length))
    write(join(folder, 'test_batch.bin'), cifarRecords([[5]]))
    const stored = open(folder)
    expect(stored.counts).toEqual({ train: 6, test: 1 })
    expect(Array.from(await stored.labels('train', 0, 6, never))).toEqual([0, 1, 2, 3, 9, 8])
    expect(Array.from(await stored.labels('train', 2, 5, never))).toEqual([2, 3, 9])
    expect(Array.from((await stored.read('train', [5, 0, 1, 3, 2], never)).labels)).toEqual([8, 0, 1, 3, 2])
    const all = await stored.read('train', [0, 1, 2, 3, 4, 5], never)
    const one = await stored.read('train', [4], never)
    expect(one.images).toEqual(all.images.subarray(4 * 3072, 5 * 3072))
  })

  it('takes the fine label of CIFAR-100 and its class names', async () => {
    const folder = temporaryFolder()
    write(
      join(folder, 'train.bin'),
      cifarRecords([
        [19, 99],
        [3, 7],
      ]),
    )
    write(join(folder, 'test.bin'), cifarRecords([[0, 42]]))
    write(join(folder, 'fine_label_names.txt'), Array.from({ length: 100 }, (_, n) => `thing ${n}\n`).join(''))
    const stored = open(folder)
    expect(stored.name).toBe('cifar-100')
    expect(stored.classNames[99]).toBe('thing 99')
    expect(Array.from(await stored.labels('train', 0, 2, never))).toEqual([99, 7])
    expect(Array.from((await stored.read('test', [0], never)).labels)).toEqual([42])
  })

  it('numbers the classes when the file with names is missing', () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(10))
    write(join(folder, 'test_batch.bin'), countingRecords(10))
    expect(open(folder).classNames).toEqual(Array.from({ length: 10 }, (_, n) => `class ${n}`))
  })

  itWith(
    'cifar-10-small',
    'reads real CIFAR-10: names, labels, pixels at the place the layout gives them',
    async () => {
      const folder = join(dataFolder, 'cifar-10-small')
      const stored = open(folder)
      expect(stored.counts).toEqual({ train: 2000, test: 500 })
      expect(stored.classNames.slice(0, 4)).toEqual(['airplane', 'automobile', 'bird', 'cat'])
      const set = await stored.read('train', [0, 1, 1999], never)
      // The first training images of CIFAR-10 are a frog, two trucks, a deer and a car.
      expect(Array.from(await stored.labels('train', 0, 5, never))).toEqual([6, 9, 9, 4, 1])
      const raw = readFileSync(join(folder, 'data_batch_1.bin'))
      for (const [n, record] of [0, 1, 1999].entries()) {
        const planes = raw.subarray(record * 3073 + 1, (record + 1) * 3073)
        for (const at of [0, 31, 500, 1023]) {
          const pixel = set.images.subarray(n * 3072 + at * 3, n * 3072 + at * 3 + 3)
          expect(Array.from(pixel)).toEqual([planes[at], planes[1024 + at], planes[2048 + at]])
        }
      }
    },
  )
})

describe('CIFAR files that are wrong', () => {
  const bad = (folder: string, message: RegExp) => expectError(() => openFolder(folder, 1, never), 'bad-data', message)

  it('are missing: says which', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(2))
    await bad(folder, /has data_batch_1\.bin of CIFAR-10 but not test_batch\.bin/)
    const other = temporaryFolder()
    write(join(other, 'test.bin'), cifarRecords([[0, 0]]))
    await bad(other, /has test\.bin of CIFAR-100 but not train\.bin/)
  })

  it('are truncated: says how many bytes are left over', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(3).subarray(0, 2 * 3073 + 100))
    write(join(folder, 'test_batch.bin'), countingRecords(2))
    const error = await bad(
      folder,
      /data_batch_1\.bin: is truncated .*6246 bytes are 2 records of 3073 bytes and 100 bytes left over/,
    )
    expect(error.exitCode).toBe(2)
    expect(error.hint).toMatch(/splitbench download cifar-10/)
  })

  it('are empty', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(2))
    write(join(folder, 'test_batch.bin'), new Uint8Array(0))
    await bad(folder, /test_batch\.bin: is empty/)
  })

  it('cannot be read', async () => {
    const loop = temporaryFolder()
    write(join(loop, 'test_batch.bin'), countingRecords(2))
    symlinkSync('data_batch_1.bin', join(loop, 'data_batch_1.bin'))
    await bad(loop, /data_batch_1\.bin: cannot be read \(ELOOP\)/)
    const dangling = temporaryFolder()
    write(join(dangling, 'test_batch.bin'), countingRecords(2))
    symlinkSync('nowhere', join(dangling, 'data_batch_1.bin'))
    await bad(dangling, /data_batch_1\.bin: cannot be read \(ENOENT\)/)
    const folder = temporaryFolder()
    write(join(folder, 'test_batch.bin'), countingRecords(2))
    mkdirSync(join(folder, 'data_batch_1.bin'))
    await bad(folder, /data_batch_1\.bin: is not a file/)
  })

  it('lie in a folder that may not be read', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data', 'test_batch.bin'), countingRecords(2))
    await withoutPermission(join(folder, 'data'), async () => {
      const error = await bad(join(folder, 'data'), /cannot be read \(EACCES\)/)
      expect(error.exitCode).toBe(2)
    })
  })

  it('have a label out of range: says where', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(2))
    write(join(folder, 'data_batch_2.bin'), cifarRecords([[1], [10], [2]]))
    write(join(folder, 'test_batch.bin'), countingRecords(2))
    const stored = open(folder)
    const message = /data_batch_2\.bin: record 1 has label 10, but CIFAR-10 has classes 0 to 9/
    await expectError(() => stored.read('train', [0, 1, 2, 3], never), 'bad-data', message)
    await expectError(() => stored.labels('train', 0, 5, never), 'bad-data', message)
  })

  it('are of two kinds at once', async () => {
    const folder = temporaryFolder()
    write(join(folder, 'data_batch_1.bin'), countingRecords(2))
    write(join(folder, 'train.bin'), cifarRecords([[0, 0]]))
    await bad(folder, /holds files of both CIFAR-10 and CIFAR-100/)
  })

  it('are not there at all: says what was looked for', async () => {
    const folder = temporaryFolder()
    await bad(join(folder, 'missing'), /missing: there is no such folder/)
    write(join(folder, 'file'), 'text')
    await bad(join(folder, 'file'), /file: is not a folder/)
    await bad(folder, /holds no data that is recognised; looked for data_batch_1\.bin .* train\.bin .*train\/<class>/)
    mkdirSync(join(folder, 'cifar-10-batches-bin'))
    const error = await bad(folder, /holds no data/)
    expect(error.hint).toBe(`Did you mean ${join(folder, 'cifar-10-batches-bin')}?`)
  })
})
