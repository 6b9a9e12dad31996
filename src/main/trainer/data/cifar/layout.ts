import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { unreadable } from '../../../../system/unreadable.ts'
import type { ChannelStatistics } from '../statistics.ts'
import type { Part } from '../storedImages.ts'

/** What tells the two data sets apart: file names, bytes before the pixels, and published statistics. */
export interface CifarKind {
  name: 'cifar-10' | 'cifar-100'
  title: string
  classes: number
  /** Bytes of labels before the pixels; the last of them is the class (CIFAR-100: the coarse label comes first). */
  labelBytes: number
  test: string
  namesFile: string
  isTrain(file: string): boolean
  /** frameworks.md §2.2. */
  statistics: ChannelStatistics
}

export const cifarKinds: readonly CifarKind[] = [
  {
    name: 'cifar-10',
    title: 'CIFAR-10',
    classes: 10,
    labelBytes: 1,
    test: 'test_batch.bin',
    namesFile: 'batches.meta.txt',
    isTrain: (file) => /^data_batch_\d+\.bin$/.test(file),
    statistics: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  },
  {
    name: 'cifar-100',
    title: 'CIFAR-100',
    classes: 100,
    labelBytes: 2,
    test: 'test.bin',
    namesFile: 'fine_label_names.txt',
    isTrain: (file) => file === 'train.bin',
    statistics: { mean: [0.50708, 0.48655, 0.44092], std: [0.26733, 0.25644, 0.27615] },
  },
]

export const cifarSize = 32
export const pixelBytes = 3 * cifarSize * cifarSize
export const recordBytes = (kind: CifarKind): number => kind.labelBytes + pixelBytes

export interface RecordFile {
  path: string
  records: number
}

const number = (file: string): number => Number(/\d+/.exec(file)?.[0] ?? 0)

/** The files of a CIFAR folder by part, each checked to hold a whole number of records; null when it is none. */
export function findCifarFiles(folder: string): { kind: CifarKind; files: Record<Part, RecordFile[]> } | null {
  const names = readdirSync(folder)
  const kinds = cifarKinds.filter((kind) => names.some((name) => kind.isTrain(name) || name === kind.test))
  if (kinds.length === 0) return null
  if (kinds.length > 1) {
    throw new CodedError(
      'bad-data',
      `${folder}: holds files of both CIFAR-10 and CIFAR-100, so it is unclear which one is meant.`,
      'Put each data set in a folder of its own.',
    )
  }
  const kind = kinds[0]
  const train = names.filter((name) => kind.isTrain(name)).sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1))
  const expected = kind.name === 'cifar-10' ? 'data_batch_1.bin, data_batch_2.bin, …' : 'train.bin'
  if (train.length === 0) throw incomplete(folder, kind, kind.test, expected)
  if (!names.includes(kind.test)) throw incomplete(folder, kind, train[0], kind.test)
  return {
    kind,
    files: {
      train: train.map((name) => checkedFile(join(folder, name), kind)),
      test: [checkedFile(join(folder, kind.test), kind)],
    },
  }
}

function incomplete(folder: string, kind: CifarKind, found: string, missing: string): CodedError {
  return new CodedError(
    'bad-data',
    `${folder}: has ${found} of ${kind.title} but not ${missing}.`,
    `Add the missing file, or get the whole set with: splitbench download ${kind.name}`,
  )
}

function checkedFile(path: string, kind: CifarKind): RecordFile {
  const fetchAgain = `Get the file again, for instance with: splitbench download ${kind.name}`
  let bytes: number
  try {
    const stat = statSync(path)
    if (!stat.isFile()) throw new CodedError('bad-data', `${path}: is not a file.`, fetchAgain)
    bytes = stat.size
  } catch (error) {
    throw unreadable(path, error)
  }
  if (bytes === 0) throw new CodedError('bad-data', `${path}: is empty.`, fetchAgain)
  const record = recordBytes(kind)
  const left = bytes % record
  if (left !== 0) {
    throw new CodedError(
      'bad-data',
      `${path}: is truncated or no ${kind.title} file: ${bytes} bytes are ${Math.floor(bytes / record)} records of ${record} bytes and ${left} bytes left over.`,
      fetchAgain,
    )
  }
  return { path, records: bytes / record }
}

/** Names from the file that comes with the data set; "class 0", "class 1", … where it is missing or does not fit. */
export function cifarClassNames(folder: string, kind: CifarKind): string[] {
  const numbered = Array.from({ length: kind.classes }, (_, index) => `class ${index}`)
  let text: string
  try {
    text = readFileSync(join(folder, kind.namesFile), 'utf8')
  } catch {
    return numbered
  }
  const names = text.split(/\r?\n/).map((line) => line.trim())
  const filled = names.filter((name) => name !== '')
  return filled.length === kind.classes ? filled : numbered
}
