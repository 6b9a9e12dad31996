import type { Preprocessing } from '#common/contract/preprocessing.ts'
import { preprocessingSchema } from '#common/contract/preprocessing.ts'
import { readGrowingRecord } from './growingRecord.ts'

/** Of a sweep over pre-processing, from its first size on. */
export const preprocessingFile = 'preprocess.json'

const hint = 'Name the folder that `splitbench preprocess` printed, or its preprocess.json.'

/** The sweep over pre-processing in a run's folder, finished or not, or in a file. Throws `bad-data`. */
export const readPreprocessing = (path: string): Preprocessing =>
  readGrowingRecord(path, {
    file: preprocessingFile,
    schema: preprocessingSchema,
    what: 'sweep over pre-processing',
    hints: { none: hint, damaged: 'Run it again.', other: hint },
  })
