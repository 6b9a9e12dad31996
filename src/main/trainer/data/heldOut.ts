import { createHash } from 'node:crypto'
import type { DataConfig, HeldOut } from '#common/contract/config.ts'
import { CodedError } from '#common/errors.ts'
import { random } from '#common/random.ts'
import { formatCount } from '#common/units.ts'
import { pickBalanced } from './balanced.ts'
import type { Selection } from './selection.ts'
import { selectRecords, validationCount } from './selection.ts'
import type { StoredImages } from './storedImages.ts'

/** sha256 over the labels of all training records (uint16 LE), hexadecimal: which data set it is, and in which order. */
export async function labelsHashOf(stored: StoredImages, signal: AbortSignal): Promise<string> {
  const labels = await stored.labels('train', 0, stored.counts.train, signal)
  const bytes = new DataView(new ArrayBuffer(2 * labels.length))
  for (const [at, label] of labels.entries()) bytes.setUint16(2 * at, label, true)
  return createHash('sha256').update(new Uint8Array(bytes.buffer)).digest('hex')
}

/**
 * Records for work that begins with trained weights. Every decision needs images that the weights have not seen: the
 * validation images are drawn, class-balanced and by the seed, from the records that were held out of the training
 * (as many as there are, where that is fewer than usual); the training images are the first N records of the training.
 *
 * @throws CodedError `bad-data` where it is another data set, or more is asked for than the weights were trained on.
 */
export async function selectBesideTraining(
  stored: StoredImages,
  wanted: Pick<DataConfig, 'trainImages' | 'testImages' | 'seed'> & { heldOut: HeldOut },
  signal: AbortSignal,
): Promise<Selection> {
  const { heldOut } = wanted
  if (stored.counts.train !== heldOut.records || (await labelsHashOf(stored, signal)) !== heldOut.labelsHash) {
    throw new CodedError(
      'bad-data',
      `${stored.name}: the pretrained weights were trained on other images, so nobody can say which of these they have not seen.`,
      'Name the data set that the weights were trained on with --data, or train a network on these images.',
    )
  }
  const whole = await selectRecords(stored, { ...heldOut, testImages: wanted.testImages }, signal)
  const trainImages = wanted.trainImages ?? whole.train.length
  if (trainImages > whole.train.length) {
    throw new CodedError(
      'bad-data',
      `${stored.name}: ${formatCount(trainImages)} training images were asked for, but the pretrained weights were trained on ${formatCount(whole.train.length)}; the other records are held out for validation.`,
      `Give --train-images ${whole.train.length} or less.`,
    )
  }
  const held = whole.validation
  const count = Math.min(validationCount(trainImages), held.length)
  const labels = await stored.labels('train', 0, stored.counts.train, signal)
  const { picked } = pickBalanced(
    Array.from(held, (record) => labels[record]!),
    stored.classNames.length,
    count,
    random(wanted.seed, 'data', 'held-out'),
  )
  return {
    train: whole.train.slice(0, trainImages),
    validation: picked.map((index) => held[index]!),
    test: whole.test,
    notes: [
      `Validation images: ${formatCount(count)} of the ${formatCount(held.length)} training records that the pretrained weights have not seen.`,
    ],
  }
}
