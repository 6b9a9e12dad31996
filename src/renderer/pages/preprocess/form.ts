import type { PreprocessForm } from '#common/contract/preprocessRequests.ts'
import type { OperatorName } from '#common/experiment/preprocessing.ts'
import { parseOperators } from '#common/experiment/preprocessing.ts'

export const digits = 'digits'

/** What the fields hold. */
export interface PreprocessFields {
  /** digits: the built-in drawn ones; folder: the one that is named. */
  data: string
  folder: string
  operators: OperatorName[]
  /** "5000, 10000" */
  images: string
  testImages: number | ''
  seeds: number | ''
  seed: number | ''
  epochs: number | ''
  batchSize: number | ''
  threads: number | ''
}

/** Those of `splitbench preprocess`. */
export const defaultPreprocessing = (): PreprocessFields => ({
  data: digits,
  folder: '',
  operators: parseOperators('all'),
  images: '5000, 10000, 20000, 40000, 60000',
  testImages: 10_000,
  seeds: 1,
  seed: 1,
  epochs: 4,
  batchSize: 64,
  threads: '',
})

const isCount = (value: number | ''): value is number => value !== '' && Number.isInteger(value) && value > 0

/** The sweep that the fields stand for, or what is wrong with them. */
export function preprocessForm(fields: PreprocessFields): PreprocessForm | string {
  const { operators, testImages, seeds, seed, epochs, batchSize, threads } = fields
  if (fields.data !== digits && fields.folder.trim() === '') return 'Images: enter the path of a folder.'
  if (operators.length === 0) return 'Operators: choose at least one.'
  const images = fields.images.split(/[\s,;]+/).flatMap((word) => (word === '' ? [] : [Number(word)]))
  if (images.length === 0 || !images.every(isCount)) return 'Training images: enter whole numbers, e.g. 5000, 20000.'
  if (!isCount(testImages)) return 'Test images: enter a whole number above 0.'
  if (!isCount(seeds) || seeds > 20) return 'Seeds: enter 1 to 20.'
  if (seed === '' || !Number.isInteger(seed) || seed < 0) return 'First seed: enter a whole number.'
  if (!isCount(epochs)) return 'Epochs: enter a whole number above 0.'
  if (!isCount(batchSize)) return 'Batch size: enter a whole number above 0.'
  if (threads !== '' && !isCount(threads)) return 'Threads: enter a whole number above 0.'
  return {
    data: fields.data === digits ? digits : fields.folder.trim(),
    ...{ operators, images, testImages, seeds, seed, epochs, batchSize },
    threads: threads === '' ? null : threads,
  }
}
