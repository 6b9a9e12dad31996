import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Comparison } from '#common/contract/result.ts'
import { comparisonSchema } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'

/** A finished comparison by its folder or its comparison.json. Throws `bad-data` where there is none of this version. */
export function readComparison(run: string): { comparison: Comparison; folder: string } {
  const path = resolve(run)
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'comparison.json') : path
  if (!existsSync(file)) {
    throw new CodedError(
      'bad-data',
      `${run} holds no finished comparison.`,
      'Name the folder that `splitbench compare` printed.',
    )
  }
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new CodedError(
      'bad-data',
      `${file} is not readable as JSON: it is damaged or cut short.`,
      'Run the comparison again.',
    )
  }
  const parsed = comparisonSchema.safeParse(document)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new CodedError(
      'bad-data',
      `${file} is not a comparison of this version (${issue?.path.join('.')}: ${issue?.message}).`,
      'Run the comparison again.',
    )
  }
  return { comparison: parsed.data, folder: dirname(file) }
}
