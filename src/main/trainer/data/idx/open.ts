import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CodedError } from '#common/errors.ts'
import { greySize } from '#common/experiment/preprocessing.ts'
import { unreadable } from '../../../../system/unreadable.ts'
import type { ImageSet } from '../imageSet.ts'
import { emptyImageSet } from '../imageSet.ts'

/** MNIST's four files by their published names, with a dot instead of the dash as some mirrors have them; each may be gzipped. */
const names = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const

const classes = 10
/** Bytes of one value in a file's type field: unsigned bytes are all that is read. */
const unsignedByte = 0x08

/**
 * Grey images of 28×28 pixels with labels 0…9 from IDX files (yann.lecun.com/exdb/mnist): zeros, type, dimensions, their
 * extents (big endian), bytes. The first `trainImages` and `testImages`, [count, 28, 28, 1]. Throws `bad-data` for files
 * that are missing, damaged, of another kind, or have fewer images.
 */
export function openIdx(
  folder: string,
  wanted: { trainImages: number; testImages: number },
): { train: ImageSet; test: ImageSet } {
  return {
    train: readPart(folder, names.train, wanted.trainImages, '--images'),
    test: readPart(folder, names.test, wanted.testImages, '--test-images'),
  }
}

function readPart(folder: string, part: { images: string; labels: string }, count: number, option: string): ImageSet {
  const images = readIdx(folder, part.images, 3)
  const labels = readIdx(folder, part.labels, 1)
  const [there, height, width] = images.extents as [number, number, number]
  if (height !== greySize || width !== greySize) {
    throw new CodedError(
      'bad-data',
      `${images.path}: the images have ${height}×${width} pixels, not ${greySize}×${greySize}.`,
      'Edge pre-processing takes images as MNIST has them.',
    )
  }
  if (labels.extents[0] !== there) {
    throw new CodedError(
      'bad-data',
      `${labels.path} has ${labels.extents[0]} labels for ${there} images.`,
      'The two files do not belong together: get them again.',
    )
  }
  if (there < count) {
    throw new CodedError(
      'bad-data',
      `${images.path}: ${count} images were asked for, but there are ${there}.`,
      `Give ${option} ${there} or less.`,
    )
  }
  const set = emptyImageSet(count, greySize, 1)
  set.images.set(images.bytes.subarray(0, set.images.length))
  for (let n = 0; n < count; n++) {
    const label = labels.bytes[n]!
    if (label >= classes) {
      throw new CodedError('bad-data', `${labels.path}: record ${n} has label ${label}, not 0 to 9.`, 'Get it again.')
    }
    set.labels[n] = label
  }
  return set
}

function readIdx(folder: string, name: string, dimensions: number) {
  const candidates = [name, name.replace(/-(idx\d)/, '.$1')].flatMap((one) => [one, `${one}.gz`])
  const found = candidates.find((one) => existsSync(join(folder, one)))
  if (found === undefined) {
    throw new CodedError(
      'bad-data',
      `${folder}: there is no ${name}.`,
      "Give the folder that holds MNIST's four files (gzipped or not) with --data, or leave it out for drawn digits.",
    )
  }
  const path = join(folder, found)
  const bytes = contentOf(path)
  const refuse = (reason: string): CodedError =>
    new CodedError(
      'bad-data',
      `${path} is not a valid IDX file: ${reason}.`,
      'It is damaged or of another kind: get it again.',
    )
  const header = 4 + 4 * dimensions
  if (bytes.length < header) throw refuse(`${bytes.length} bytes are too few for a header`)
  if (bytes[0] !== 0 || bytes[1] !== 0) throw refuse('it does not begin with two zeros')
  if (bytes[2] !== unsignedByte) throw refuse(`its values are of type ${bytes[2]}, not bytes`)
  if (bytes[3] !== dimensions) throw refuse(`it has ${bytes[3]} dimensions instead of ${dimensions}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const extents = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis))
  const size = extents.reduce((product, extent) => product * extent, 1)
  if (bytes.length !== header + size) {
    throw refuse(`${extents.join(' × ')} values need ${header + size} bytes, it has ${bytes.length}`)
  }
  return { path, extents, bytes: bytes.subarray(header) }
}

function contentOf(path: string): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
  if (!path.endsWith('.gz')) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw new CodedError('bad-data', `${path} cannot be unpacked: ${(error as Error).message}.`, 'Get it again.')
  }
}
