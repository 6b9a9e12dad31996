import type { ModelForm } from '#common/contract/models.ts'
import type { CriterionName } from '#common/experiment/criteria.ts'
import { folderChoice } from '../../components/fields/choices.ts'
import { given, wrongCount } from '../../components/fields/numbers.ts'

/** What the fields of the training form hold; empty: as `splitbench train` does by itself. */
export interface TrainFields {
  data: string
  folder: string
  network: string
  width: number | ''
  epochs: number | ''
  batchSize: number | ''
  trainImages: number | ''
  testImages: number | ''
  seed: number | ''
  threads: number | ''
}

export interface PruneFields {
  criterion: CriterionName
  /** Per cent of the MACs. */
  macShare: number | ''
  /** Percentage points. */
  maxLoss: number | ''
  roundTo: number | ''
  exclude: string[]
  threads: number | ''
}

export const defaultTraining = (): TrainFields => ({
  data: 'synthetic',
  folder: '',
  network: 'vgg16',
  width: 0.25,
  epochs: '',
  batchSize: '',
  trainImages: '',
  testImages: '',
  seed: 1,
  threads: '',
})

export const defaultPruning = (): PruneFields => ({
  criterion: 'taylor',
  macShare: '',
  maxLoss: '',
  roundTo: 1,
  exclude: [],
  threads: '',
})

/** The training that the fields stand for, or what is wrong with them. */
export function trainForm(fields: TrainFields): ModelForm | string {
  const width = given(fields.width)
  if (width === null || width <= 0 || width > 4) return 'Width: enter a number above 0 and at most 4.'
  if (fields.data === folderChoice && fields.folder.trim() === '') return 'Images: enter the path of a folder.'
  const seed = given(fields.seed)
  if (seed === null || !Number.isInteger(seed) || seed < 0) return 'Seed: enter a whole number.'
  const wrong = wrongCount([
    ['Epochs', fields.epochs],
    ['Batch size', fields.batchSize],
    ['Training images', fields.trainImages],
    ['Test images', fields.testImages],
    ['Threads', fields.threads],
  ])
  if (wrong) return wrong
  return {
    verb: 'train',
    data: fields.data === folderChoice ? fields.folder.trim() : fields.data,
    network: fields.network,
    width,
    epochs: given(fields.epochs),
    batchSize: given(fields.batchSize),
    trainImages: given(fields.trainImages),
    testImages: given(fields.testImages),
    seed,
    threads: given(fields.threads),
  }
}

/** The pruning of a run's model that the fields stand for, or what is wrong with them. */
export function pruneForm(run: string | undefined, fields: PruneFields): ModelForm | string {
  if (!run) return 'Model: choose a finished training or pruning.'
  const share = given(fields.macShare)
  if (share !== null && !(share > 0 && share <= 100)) return 'MACs to keep: enter a number above 0 and at most 100.'
  const loss = given(fields.maxLoss)
  if (loss !== null && !(loss >= 0 && loss <= 100)) return 'Largest accuracy loss: enter 0 to 100 points.'
  const wrong = wrongCount([
    ['Channels in multiples of', fields.roundTo],
    ['Threads', fields.threads],
  ])
  if (wrong) return wrong
  return {
    verb: 'prune',
    run,
    macShare: share === null ? null : share / 100,
    maxLoss: loss === null ? null : loss / 100,
    criterion: fields.criterion,
    roundTo: given(fields.roundTo) ?? 1,
    exclude: fields.exclude,
    threads: given(fields.threads),
  }
}
