import type { z } from 'zod'
import type { trainerContract } from '#common/contract/trainer.ts'
import { CodedError } from '#common/errors.ts'
import type { Backend } from '../backend/index.ts'
import { labelsHashOf } from '../data/heldOut.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { openFolder } from '../data/openFolder.ts'
import { selectRecords } from '../data/selection.ts'
import { loadModel, weightsHash } from '../model/store.ts'
import { evaluate } from '../training/evaluate.ts'

type Request = (typeof trainerContract)['requests']['assess']

/**
 * What has to be known of trained weights so that others can work with them: which data set they were trained on, what
 * they have not seen of it, and how many of the first N test images they get right.
 */
export async function runAssess(
  { model: folder, data, tests }: z.output<Request['params']>,
  backend: Backend,
  signal: AbortSignal,
): Promise<z.input<Request['result']>> {
  if (data.source.kind !== 'files') {
    throw new CodedError('bad-data', 'Weights trained on built-in images cannot be assessed.', 'Name a folder.')
  }
  const model = await loadModel(folder)
  const stored = await openFolder(data.source.path, data.seed, signal)
  const selection = await selectRecords(stored, data, signal)
  const counts = [...tests].sort((a, b) => a - b)
  const images = await stored.read('test', selection.test.subarray(0, counts.at(-1) ?? 0), signal)
  const results: { images: number; correct: number; accuracy: number }[] = []
  for (const count of counts) {
    const { correct, accuracy } = await evaluate(backend, model, firstOf(images, count), { signal })
    results.push({ images: count, correct, accuracy })
  }
  return {
    dataset: { name: stored.name, classes: stored.classNames.length, size: stored.size },
    images: { train: selection.train.length, heldOut: selection.validation.length },
    heldOut: {
      trainImages: data.trainImages ?? stored.counts.train,
      seed: data.seed,
      records: stored.counts.train,
      labelsHash: await labelsHashOf(stored, signal),
    },
    weightsHash: weightsHash(model),
    tests: results,
  }
}

const firstOf = (set: ImageSet, count: number): ImageSet => ({
  ...set,
  count,
  images: set.images.subarray(0, count * set.size * set.size * set.channels),
  labels: set.labels.subarray(0, count),
})
