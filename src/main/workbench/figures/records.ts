import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Preprocessing } from '#common/contract/preprocessing.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { Sweep } from '#common/contract/sweep.ts'
import { CodedError } from '#common/errors.ts'
import { preprocessingFile, readPreprocessing } from '../experiments/preprocessingFile.ts'
import { readSweep, sweepFile } from '../experiments/sweepFile.ts'
import { readComparison } from '../store/storedComparison.ts'

/** What a figure can be drawn from. */
const kinds = {
  comparison: { file: 'comparison.json', name: 'a comparison', verb: 'splitbench compare', has: 'candidates' },
  sweep: { file: sweepFile, name: 'a sweep over pruning criteria', verb: 'splitbench sweep', has: 'criteria' },
  preprocessing: {
    file: preprocessingFile,
    name: 'a sweep over pre-processing',
    verb: 'splitbench preprocess',
    has: 'operators',
  },
} as const
export type RecordKind = keyof typeof kinds

/** By what its JSON holds; null where that cannot be told, and reading it as any of them says what is wrong. */
export function recordKind(record: string): RecordKind | null {
  const path = resolve(record)
  if (!existsSync(path)) return null
  const files = statSync(path).isDirectory() ? Object.values(kinds).map(({ file }) => join(path, file)) : [path]
  const file = files.find((one) => existsSync(one))
  if (file === undefined) return null
  try {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const known = Object.keys(kinds) as RecordKind[]
    return (
      known.find((kind) => document !== null && typeof document === 'object' && kinds[kind].has in document) ?? null
    )
  } catch {
    return null
  }
}

function expect(wanted: RecordKind, record: string): void {
  const kind = recordKind(record)
  if (kind === null || kind === wanted) return
  throw new CodedError(
    'bad-data',
    `${record} is ${kinds[kind].name}; this figure is drawn from ${kinds[wanted].name}.`,
    `Name a run of \`${kinds[wanted].verb}\`; \`splitbench figure --list\` says what each figure needs.`,
  )
}

export function comparisonsOf(records: readonly string[]): Comparison[] {
  return records.map((record) => {
    expect('comparison', record)
    return readComparison(record).comparison
  })
}

export const sweepOf = (records: readonly string[]): Sweep => {
  const record = single(records)
  expect('sweep', record)
  return readSweep(record)
}

export const preprocessingOf = (records: readonly string[]): Preprocessing => {
  const record = single(records)
  expect('preprocessing', record)
  return readPreprocessing(record)
}

/** Records of some kinds hold all their seeds. */
export function single(records: readonly string[]): string {
  if (records.length === 1) return records[0]!
  throw new CodedError('bad-usage', `This figure is drawn from one record, not from ${records.length}.`, 'Name one.')
}
