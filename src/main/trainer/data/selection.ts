import { CodedError } from '#common/errors.ts'
import { random } from '#common/random.ts'
import { formatCount } from '#common/units.ts'
import { pickBalanced } from './balanced.ts'
import type { StoredImages } from './storedImages.ts'

/** protocol.md: as many validation images as belong to this many training images. */
export const validationCount = (trainImages: number): number => Math.max(1000, Math.ceil(trainImages / 10))

export interface Selection {
  /** Record numbers of the training part, ascending. */
  train: Int32Array
  validation: Int32Array
  /** Record numbers of the test part. */
  test: Int32Array
  notes: string[]
}

const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, index) => from + index)

/**
 * Which stored records are used (protocol.md, "test images" and "validation images"): the first N training records, as
 * many further ones for validation, class-balanced and drawn by the seed, and the first N test records. Where there
 * are too few further records, validation takes what is missing out of the N, though never more than half of all
 * records, and a note says so. Null = all there are. Throws `bad-data` when more is asked for than there is.
 */
export async function selectRecords(
  stored: StoredImages,
  wanted: { trainImages: number | null; testImages: number | null; seed: number },
  signal: AbortSignal,
): Promise<Selection> {
  const { counts, classNames } = stored
  const trainImages = wanted.trainImages ?? counts.train
  const testImages = wanted.testImages ?? counts.test
  requireCount(stored.name, 'training', trainImages, counts.train, '--train-images')
  requireCount(stored.name, 'test', testImages, counts.test, '--test-images')
  if (counts.train < 2) {
    throw new CodedError(
      'bad-data',
      `${stored.name}: has one training image, but training and validation need one each.`,
      'Add images.',
    )
  }
  const rng = random(wanted.seed, 'data', 'validation')
  const test = range(0, testImages)
  const needed = validationCount(trainImages)
  const further = counts.train - trainImages
  if (further >= needed) {
    // Three times as many as needed nearly always hold enough of every class; a sorted file needs more of it.
    for (let pool = Math.min(further, 3 * needed); ; pool = Math.min(further, 2 * pool)) {
      const labels = await stored.labels('train', trainImages, trainImages + pool, signal)
      const { picked, balanced } = pickBalanced(labels, classNames.length, needed, rng)
      if (!balanced && pool < further) continue
      return { train: range(0, trainImages), validation: picked.map((index) => trainImages + index), test, notes: [] }
    }
  }
  const held = Math.min(needed, Math.max(further, Math.floor(counts.train / 2)))
  const labels = await stored.labels('train', 0, counts.train, signal)
  const { picked } = pickBalanced(labels, classNames.length, held, rng)
  const taken = new Set(picked)
  const others = range(0, counts.train).filter((index) => !taken.has(index))
  const train = others.slice(0, trainImages)
  const left = train.length < trainImages ? `; ${formatCount(train.length)} are left for training` : ''
  const fewer = held < needed ? ` (fewer than the usual ${formatCount(needed)})` : ''
  const note = `Validation images: ${formatCount(held)}${fewer} of the ${formatCount(counts.train)} training records, because there are too few beside the ${formatCount(trainImages)} training images${left}.`
  return { train, validation: picked, test, notes: [note] }
}

function requireCount(name: string, what: string, wanted: number, there: number, option: string): void {
  if (wanted <= there) return
  throw new CodedError(
    'bad-data',
    `${name}: ${formatCount(wanted)} ${what} images were asked for, but there are ${formatCount(there)}.`,
    `Give ${option} ${there} or less, or leave it out to use all.`,
  )
}
