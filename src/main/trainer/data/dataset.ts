import { createHash } from 'node:crypto'
import type { DataConfig } from '#common/contract/config.ts'
import { formatCount } from '#common/units.ts'
import { breathe } from './breathe.ts'
import { selectBesideTraining } from './heldOut.ts'
import type { Dataset, ImageSet } from './imageSet.ts'
import { openFolder } from './openFolder.ts'
import { selectRecords, validationCount } from './selection.ts'
import { channelStatistics } from './statistics.ts'
import { syntheticClassNames, syntheticSet, syntheticSize } from './synthetic/synthetic.ts'

/** What "all there are" means for a set that could go on for ever. */
const syntheticDefaults = { train: 10_000, test: 2_000 }

/**
 * Loads or draws the images of a configuration: training, validation and test sets as protocol.md defines them.
 *
 * `onLog` gets lines for the job's log, the notes among them. Throws `bad-data` (the files do not hold what was asked
 * for) and `cancelled`. The same configuration and the same files give the same bytes, hence the same `hash`.
 */
export async function loadDataset(
  config: DataConfig,
  onLog: (text: string) => void,
  signal: AbortSignal,
): Promise<Dataset> {
  const dataset =
    config.source.kind === 'synthetic'
      ? await drawSynthetic(config, signal)
      : await readFolder(config.source.path, config, signal)
  onLog(
    `Data: ${dataset.name}, ${dataset.classes} classes, ${dataset.size} × ${dataset.size} pixels; ${formatCount(dataset.train.count)} training, ${formatCount(dataset.validation.count)} validation and ${formatCount(dataset.test.count)} test images.`,
  )
  for (const note of dataset.notes) onLog(note)
  return dataset
}

type Parts = Pick<Dataset, 'train' | 'validation' | 'test'>

async function drawSynthetic(config: DataConfig, signal: AbortSignal): Promise<Dataset> {
  const trainImages = config.trainImages ?? syntheticDefaults.train
  const testImages = config.testImages ?? syntheticDefaults.test
  const draw = (part: keyof Parts, count: number): Promise<ImageSet> => syntheticSet(part, count, config.seed, signal)
  const parts = {
    train: await draw('train', trainImages),
    validation: await draw('validation', validationCount(trainImages)),
    test: await draw('test', testImages),
  }
  const classNames = [...syntheticClassNames]
  return assemble({ name: 'synthetic', size: syntheticSize, classNames, statistics: null, notes: [] }, parts, signal)
}

async function readFolder(folder: string, config: DataConfig, signal: AbortSignal): Promise<Dataset> {
  const stored = await openFolder(folder, config.seed, signal)
  const { heldOut } = config
  const selection = heldOut
    ? await selectBesideTraining(stored, { ...config, heldOut }, signal)
    : await selectRecords(stored, config, signal)
  const parts = {
    train: await stored.read('train', selection.train, signal),
    validation: await stored.read('train', selection.validation, signal),
    test: await stored.read('test', selection.test, signal),
  }
  return assemble({ ...stored, notes: [...stored.notes, ...selection.notes] }, parts, signal)
}

async function assemble(
  about: Pick<Dataset, 'name' | 'size' | 'classNames' | 'notes'> & { statistics: Pick<Dataset, 'mean' | 'std'> | null },
  parts: Parts,
  signal: AbortSignal,
): Promise<Dataset> {
  const { mean, std } = about.statistics ?? channelStatistics(parts.train)
  const { name, size, classNames, notes } = about
  return {
    name,
    hash: await hashOf(parts, signal),
    size,
    classes: classNames.length,
    classNames,
    mean,
    std,
    ...parts,
    notes,
  }
}

/** sha256 over, for each of train, validation and test: count and size (uint32 LE), pixels, labels (uint16 LE). */
async function hashOf({ train, validation, test }: Parts, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for (const set of [train, validation, test]) {
    const labels = new DataView(new ArrayBuffer(8 + 2 * set.count))
    labels.setUint32(0, set.count, true)
    labels.setUint32(4, set.size, true)
    for (let n = 0; n < set.count; n++) labels.setUint16(8 + 2 * n, set.labels[n], true)
    hash.update(new Uint8Array(labels.buffer, 0, 8))
    hash.update(set.images)
    hash.update(new Uint8Array(labels.buffer, 8))
    await breathe(signal)
  }
  return hash.digest('hex')
}
