import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Sweep } from '#common/contract/sweep.ts'
import { sweepSchema } from '#common/contract/sweep.ts'
import { CodedError } from '#common/errors.ts'

/** Of a sweep's run, from its first depth on. */
export const sweepFile = 'sweep.json'

/**
 * The sweep in a run's folder, finished or not, or in a file. Throws `bad-data`.
 */
export function readSweep(path: string): Sweep {
  const given = resolve(path)
  const running = join(dirname(given), '.running', basename(given))
  const place = existsSync(given) || !existsSync(running) ? given : running
  const file = existsSync(place) && statSync(place).isDirectory() ? join(place, sweepFile) : place
  if (!existsSync(file)) {
    throw new CodedError('bad-data', `${path} holds no sweep.`, 'Name the folder that `splitbench sweep` printed.')
  }
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new CodedError('bad-data', `${file} is not readable as JSON: it is damaged or cut short.`, 'Sweep again.')
  }
  const parsed = sweepSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CodedError(
    'bad-data',
    `${file} is not a sweep of this version (${issue?.path.join('.')}: ${issue?.message}).`,
    'Name the folder that `splitbench sweep` printed, or its sweep.json.',
  )
}
