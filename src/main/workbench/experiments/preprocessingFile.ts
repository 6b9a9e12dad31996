import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Preprocessing } from '#common/contract/preprocessing.ts'
import { preprocessingSchema } from '#common/contract/preprocessing.ts'
import { CodedError } from '#common/errors.ts'

/** Of a sweep over pre-processing, from its first size on. */
export const preprocessingFile = 'preprocess.json'

/** The sweep over pre-processing in a run's folder, finished or not, or in a file. Throws `bad-data`. */
export function readPreprocessing(path: string): Preprocessing {
  const given = resolve(path)
  const running = join(dirname(given), '.running', basename(given))
  const place = existsSync(given) || !existsSync(running) ? given : running
  const file = existsSync(place) && statSync(place).isDirectory() ? join(place, preprocessingFile) : place
  const hint = 'Name the folder that `splitbench preprocess` printed, or its preprocess.json.'
  if (!existsSync(file)) throw new CodedError('bad-data', `${path} holds no sweep over pre-processing.`, hint)
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new CodedError('bad-data', `${file} is not readable as JSON: it is damaged or cut short.`, 'Run it again.')
  }
  const parsed = preprocessingSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CodedError(
    'bad-data',
    `${file} is not a sweep over pre-processing of this version (${issue?.path.join('.')}: ${issue?.message}).`,
    hint,
  )
}
