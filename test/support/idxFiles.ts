import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { ImageSet } from '../../src/main/trainer/data/imageSet.ts'

/** An IDX file of unsigned bytes. */
export function idx(extents: readonly number[], bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * extents.length)
  header.set([0, 0, 8, extents.length])
  for (const [axis, extent] of extents.entries()) header.writeUInt32BE(extent, 4 + 4 * axis)
  return Buffer.concat([header, bytes])
}

/** MNIST's four files, training images gzipped. */
export function writeIdxFiles(folder: string, train: ImageSet, test: ImageSet): void {
  const of = ({ count, size, images, labels }: ImageSet) => ({
    images: idx([count, size, size], images),
    labels: idx([count], Uint8Array.from(labels)),
  })
  const [a, b] = [of(train), of(test)]
  writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(a.images))
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), a.labels)
  writeFileSync(join(folder, 't10k-images.idx3-ubyte'), b.images)
  writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), b.labels)
}
