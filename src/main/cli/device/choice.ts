import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { parsePoints } from '#common/experiment/names.ts'

export interface RunChoice {
  folder: string
  comparison: Comparison
  /** Those at the wanted partition points. */
  candidates: Candidate[]
}

/** Candidates of a finished run. `points`: names separated by commas, or undefined: all. Throws `bad-data` or `unknown-name`. */
export function candidatesOf(run: string, points: string | undefined): RunChoice {
  const folder = resolve(run)
  const file = join(folder, 'comparison.json')
  if (!existsSync(file)) {
    throw new CodedError(
      'bad-data',
      `${run} is not a finished run: it has no comparison.json.`,
      'Name the folder that splitbench compare wrote, e.g. splitbench-runs/<run id>.',
    )
  }
  let comparison: Comparison
  try {
    comparison = comparisonSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    throw new CodedError('bad-data', `${file} is damaged, or of another version.`, 'Run the comparison again.')
  }
  const there = [...new Set(comparison.candidates.map(({ partitionPoint }) => partitionPoint))]
  const wanted = points === undefined ? null : parsePoints(points, there)
  const candidates = comparison.candidates.filter(
    ({ partitionPoint }) => wanted === null || wanted.includes(partitionPoint),
  )
  return { folder, comparison, candidates }
}

/** Files that must be there before a device is bothered. Throws `bad-data`. */
export function existingFiles(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const full = resolve(path)
    if (!existsSync(full) || !statSync(full).isFile()) {
      throw new CodedError('bad-data', `There is no file ${path}.`, 'Check the path.')
    }
    return full
  })
}
