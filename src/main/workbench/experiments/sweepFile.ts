import type { Sweep } from '#common/contract/sweep.ts'
import { sweepSchema } from '#common/contract/sweep.ts'
import { readGrowingRecord } from './growingRecord.ts'

/** Of a sweep's run, from its first depth on. */
export const sweepFile = 'sweep.json'

/** The sweep in a run's folder, finished or not, or in a file. Throws `bad-data`. */
export const readSweep = (path: string): Sweep =>
  readGrowingRecord(path, {
    file: sweepFile,
    schema: sweepSchema,
    what: 'sweep',
    hints: {
      none: 'Name the folder that `splitbench sweep` printed.',
      damaged: 'Sweep again.',
      other: 'Name the folder that `splitbench sweep` printed, or its sweep.json.',
    },
  })
