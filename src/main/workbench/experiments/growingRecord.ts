import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { z } from 'zod'
import type { Sweep } from '#common/contract/sweep.ts'
import { CodedError } from '#common/errors.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { Trainer } from '../trainer/process.ts'
import type { JobContext } from './job.ts'
import { appVersion } from './versions.ts'

/** What a run of the trainer has reached, with the run and its conditions. */
export type Recorded<Result> = { protocol: 1; run: Sweep['run'] } & Result

/**
 * One JSON file in a run's folder that grows with what the trainer reaches: `document` is its content, `write` replaces it as
 * a whole, one after the other.
 */
export async function growingRecord<Result extends object>(
  { run, workedS, signal }: JobContext,
  trainer: Trainer,
  { file, threads }: { file: string; threads: number },
): Promise<{ document(result: Result): Recorded<Result>; write(result: Result): Promise<void> }> {
  const about = await trainer.client.request('hello', { threads }, signal)
  const splitbench = await appVersion()
  const document = (result: Result): Recorded<Result> => ({
    protocol: 1,
    run: {
      id: run.record.id,
      command: run.record.command,
      configHash: run.record.configHash,
      versions: { splitbench, node: process.version, ...about.versions },
      fingerprint: about.fingerprint,
      startedAt: run.record.startedAt,
      durationS: workedS(),
      resumed: run.record.resumed,
    },
    ...result,
  })
  let written = Promise.resolve()
  const write = (result: Result): Promise<void> => {
    const text = `${JSON.stringify(document(result), null, 1)}\n`
    written = written.then(() => writeFileAtomic(join(run.working, file), text))
    // Awaited at the end; a full disk then fails the run, and not the process.
    written.catch(() => {})
    return written
  }
  return { document, write }
}

/**
 * Such a file in a run's folder, finished or not, or by its own path. `what` is in it; `hints` say what to do where there is
 * none, where it is damaged, and where it is something else. Throws `bad-data`.
 */
export function readGrowingRecord<Document>(
  path: string,
  {
    file: name,
    schema,
    what,
    hints,
  }: {
    file: string
    schema: z.ZodType<Document>
    what: string
    hints: { none: string; damaged: string; other: string }
  },
): Document {
  const given = resolve(path)
  const running = join(dirname(given), '.running', basename(given))
  const place = existsSync(given) || !existsSync(running) ? given : running
  const file = existsSync(place) && statSync(place).isDirectory() ? join(place, name) : place
  if (!existsSync(file)) throw new CodedError('bad-data', `${path} holds no ${what}.`, hints.none)
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new CodedError('bad-data', `${file} is not readable as JSON: it is damaged or cut short.`, hints.damaged)
  }
  const parsed = schema.safeParse(document)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new CodedError(
    'bad-data',
    `${file} is not a ${what} of this version (${issue?.path.join('.')}: ${issue?.message}).`,
    hints.other,
  )
}
