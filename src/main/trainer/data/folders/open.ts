import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { unreadable } from '../../../../system/unreadable.ts'
import { breathe } from '../breathe.ts'
import { emptyImageSet, type ImageSet } from '../imageSet.ts'
import type { StoredImages } from '../storedImages.ts'
import { decodeImage } from './decode.ts'
import { imageHeader } from './header.ts'
import { findImageFolders, type LabelledFile } from './layout.ts'
import { writeSquare } from './square.ts'

/** Networks halve the image five times, and 224 is the largest size that the published ones take. */
const sizeStep = 32
const largestSize = 224
/** The size of the images is decided from the first so many of the training part. */
const measuredImages = 2000
/** Decoded between two looks at the signal. */
const imagesPerBreath = 16

/**
 * Opens image folders (see `findImageFolders`). Every image is cut to its middle square and resized to the most common
 * shorter side, rounded to a multiple of 32 and at most 224. Null when the folder has no class folders with images.
 */
export async function openImageFolders(
  folder: string,
  seed: number,
  signal: AbortSignal,
): Promise<StoredImages | null> {
  const layout = findImageFolders(folder, seed)
  if (layout === null) return null
  const { files } = layout
  const { size, usual } = await commonSize(files.train, signal)
  const notes = [
    ...layout.notes,
    `Images are cut to their middle square and resized to ${size} × ${size} pixels (most common shorter side: ${usual}).`,
  ]
  return {
    name: layout.name,
    size,
    classNames: layout.classNames,
    statistics: null,
    counts: { train: files.train.length, test: files.test.length },
    notes,
    labels: async (part, from, to) => Uint16Array.from(files[part].slice(from, to), (file) => file.label),
    read: (part, indices, signal) => readImages(files[part], indices, size, signal),
  }
}

async function commonSize(
  files: readonly LabelledFile[],
  signal: AbortSignal,
): Promise<{ size: number; usual: number }> {
  const counts = new Map<number, number>()
  const sample = files.slice(0, measuredImages)
  for (let n = 0; n < sample.length; n++) {
    const side = await shorterSide(sample[n].path)
    counts.set(side, (counts.get(side) ?? 0) + 1)
    if (n % 100 === 99) await breathe(signal)
  }
  // The most common one; of several, the smallest.
  const [usual] = [...counts].sort(([a, timesA], [b, timesB]) => timesB - timesA || a - b)[0]
  const size = Math.min(largestSize, Math.max(sizeStep, Math.round(usual / sizeStep) * sizeStep))
  return { size, usual }
}

/** From the first bytes where they suffice; a JPEG can carry much before its size. */
async function shorterSide(path: string): Promise<number> {
  try {
    const start = new Uint8Array(4096)
    const handle = openSync(path, 'r')
    try {
      const got = readSync(handle, start, 0, start.length, 0)
      const header = imageHeader(start.subarray(0, got)) ?? imageHeader(readFileSync(path))
      if (header !== null && header.width > 0 && header.height > 0) return Math.min(header.width, header.height)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
  // Not an image: decoding says what is wrong with it.
  const { width, height } = await decodeImage(path)
  return Math.min(width, height)
}

async function readImages(
  files: readonly LabelledFile[],
  indices: ArrayLike<number>,
  size: number,
  signal: AbortSignal,
): Promise<ImageSet> {
  const set = emptyImageSet(indices.length, size)
  const bytes = size * size * 3
  for (let n = 0; n < indices.length; n++) {
    const file = files[indices[n]]
    set.labels[n] = file.label
    writeSquare(await decodeImage(file.path), size, set.images, n * bytes)
    if (n % imagesPerBreath === imagesPerBreath - 1) await breathe(signal)
  }
  return set
}
