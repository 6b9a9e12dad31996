import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Preprocessing } from '#common/contract/preprocessing.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { Sweep } from '#common/contract/sweep.ts'
import { comparisonsOf, preprocessingOf, recordKind, sweepOf } from '../../../src/main/workbench/figures/records.ts'

interface Named<Kind extends string, Record> {
  kind: Kind
  /** Of the file below results/, without its ending; blanks and folders as dashes. */
  name: string
  /** Below the root, with forward slashes. */
  path: string
  file: string
  record: Record
}

export type Stored = Named<'comparison', Comparison> | Named<'sweep', Sweep> | Named<'preprocessing', Preprocessing>
export type Of<Kind extends Stored['kind']> = Extract<Stored, { kind: Kind }>

/** Every record of a folder and those in it, by its name. Throws `bad-data` for a JSON that is none. */
export function storedRecords(folder: string): Stored[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((entry): Stored => {
      const file = join(folder, entry)
      const below = entry.split(sep).join('/')
      const path = `results/${below}`
      const name = below.replace(/\.json$/, '').replaceAll(/[/ ]/g, '-')
      const kind = recordKind(file)
      if (kind === 'sweep') return { kind, name, path, file, record: sweepOf([file]) }
      if (kind === 'preprocessing') return { kind, name, path, file, record: preprocessingOf([file]) }
      // Reading anything else as a comparison says what is wrong with it.
      return { kind: 'comparison', name, path, file, record: comparisonsOf([file])[0]! }
    })
}
