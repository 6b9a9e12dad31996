import { closeSync, openSync, readSync } from 'node:fs'
import { CodedError } from '#common/errors.ts'
import { unreadable } from '../../../../system/unreadable.ts'
import { breathe } from '../breathe.ts'
import { emptyImageSet, type ImageSet } from '../imageSet.ts'
import type { Part, StoredImages } from '../storedImages.ts'
import {
  type CifarKind,
  cifarClassNames,
  cifarSize,
  findCifarFiles,
  pixelBytes,
  type RecordFile,
  recordBytes,
} from './layout.ts'

/** Records per read: 1.5 MB at a time. */
const chunkRecords = 512
/** Labels read between two looks at the signal. */
const labelsPerBreath = 5000

/**
 * Opens a folder in CIFAR's official binary layout: CIFAR-10 (label, 3072 bytes) or CIFAR-100 (coarse label, fine
 * label, 3072 bytes), any whole number of records per file. Null when the folder holds neither.
 * Throws `bad-data` for files that are missing, empty, unreadable or truncated.
 */
export function openCifar(folder: string): StoredImages | null {
  const found = findCifarFiles(folder)
  if (found === null) return null
  const { kind, files } = found
  const counts = { train: total(files.train), test: total(files.test) }
  return {
    name: kind.name,
    size: cifarSize,
    classNames: cifarClassNames(folder, kind),
    statistics: kind.statistics,
    counts,
    notes: [],
    labels: (part, from, to, signal) => readLabels(kind, files[part], from, to, signal),
    read: (part: Part, indices, signal) => readRecords(kind, files[part], indices, signal),
  }
}

const total = (files: readonly RecordFile[]): number => files.reduce((sum, file) => sum + file.records, 0)

interface Run {
  file: RecordFile
  /** First record in the file. */
  record: number
  count: number
}

/** Cuts a list of record numbers (over all files) into stretches that lie together in one file. */
function runs(files: readonly RecordFile[], indices: ArrayLike<number>): Run[] {
  const found: Run[] = []
  for (let n = 0; n < indices.length; n++) {
    let record = indices[n]
    let at = 0
    while (record >= files[at].records) record -= files[at++].records
    const last = found[found.length - 1]
    if (last && last.file === files[at] && last.record + last.count === record && last.count < chunkRecords) {
      last.count += 1
    } else {
      found.push({ file: files[at], record, count: 1 })
    }
  }
  return found
}

/** Reads only what is asked for, and turns the colour planes (NCHW) into NHWC. */
async function readRecords(
  kind: CifarKind,
  files: readonly RecordFile[],
  indices: ArrayLike<number>,
  signal: AbortSignal,
): Promise<ImageSet> {
  const set = emptyImageSet(indices.length, cifarSize)
  const record = recordBytes(kind)
  const buffer = new Uint8Array(chunkRecords * record)
  let n = 0
  let sinceBreath = 0
  const open = openFiles()
  try {
    for (const run of runs(files, indices)) {
      const bytes = buffer.subarray(0, run.count * record)
      readExactly(open(run.file), run.file, bytes, run.record * record)
      for (let i = 0; i < run.count; i++, n++) {
        const at = i * record
        set.labels[n] = checkedLabel(kind, run.file, run.record + i, bytes[at + kind.labelBytes - 1])
        planesToPixels(bytes, at + kind.labelBytes, set.images, n * pixelBytes)
      }
      sinceBreath += run.count
      if (sinceBreath >= chunkRecords) {
        sinceBreath = 0
        await breathe(signal)
      }
    }
  } finally {
    open.close()
  }
  return set
}

async function readLabels(
  kind: CifarKind,
  files: readonly RecordFile[],
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<Uint16Array> {
  const labels = new Uint16Array(to - from)
  const byte = new Uint8Array(1)
  const open = openFiles()
  try {
    let first = 0
    for (const file of files) {
      for (let index = Math.max(from, first); index < Math.min(to, first + file.records); index++) {
        const record = index - first
        readExactly(open(file), file, byte, record * recordBytes(kind) + kind.labelBytes - 1)
        labels[index - from] = checkedLabel(kind, file, record, byte[0])
        if ((index - from) % labelsPerBreath === labelsPerBreath - 1) await breathe(signal)
      }
      first += file.records
    }
  } finally {
    open.close()
  }
  return labels
}

/** [3, 1024] at `from` → [1024, 3] at `to`. */
function planesToPixels(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  const plane = cifarSize * cifarSize
  for (let p = 0; p < plane; p++) {
    pixels[to + 3 * p] = planes[from + p]
    pixels[to + 3 * p + 1] = planes[from + plane + p]
    pixels[to + 3 * p + 2] = planes[from + 2 * plane + p]
  }
}

function checkedLabel(kind: CifarKind, file: RecordFile, record: number, label: number): number {
  if (label < kind.classes) return label
  throw new CodedError(
    'bad-data',
    `${file.path}: record ${record} has label ${label}, but ${kind.title} has classes 0 to ${kind.classes - 1}.`,
    `The file is damaged or of another kind; get it again, for instance with: splitbench download ${kind.name}`,
  )
}

/** Opens each file once, at its first use. */
function openFiles(): { (file: RecordFile): number; close(): void } {
  const handles = new Map<string, number>()
  const open = (file: RecordFile): number => {
    let handle = handles.get(file.path)
    if (handle === undefined) {
      try {
        handle = openSync(file.path, 'r')
      } catch (error) {
        throw unreadable(file.path, error)
      }
      handles.set(file.path, handle)
    }
    return handle
  }
  open.close = (): void => {
    for (const handle of handles.values()) closeSync(handle)
  }
  return open
}

function readExactly(handle: number, file: RecordFile, bytes: Uint8Array, position: number): void {
  let done = 0
  while (done < bytes.length) {
    let got: number
    try {
      got = readSync(handle, bytes, done, bytes.length - done, position + done)
    } catch (error) {
      throw unreadable(file.path, error)
    }
    if (got === 0) {
      throw new CodedError('bad-data', `${file.path}: became shorter while it was read.`, 'Run the same command again.')
    }
    done += got
  }
}
