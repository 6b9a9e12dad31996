import { join } from 'node:path'
import type { JobEvent } from '#common/contract/job.ts'
import { CodedError, errorCodes, toErrorShape } from '#common/errors.ts'
import { EventLog } from '../jobs/eventLog.ts'
import { release } from '../store/owner.ts'
import type { OpenOptions, RunFolder } from '../store/runFolder.ts'
import { discard, openRun, publish, storeRecord } from '../store/runFolder.ts'

export interface JobContext {
  run: RunFolder
  log: EventLog
  signal: AbortSignal
  /** Seconds worked so far, earlier tries included. */
  workedS(): number
}

export interface JobWatch {
  watch(event: JobEvent, stored: boolean): void
  /** Called once the run has its folder, before its first event. */
  opened?(run: RunFolder): void
}

/**
 * A run as a job: found or made, watched, and published when `work` is done. When it fails or is cancelled the run
 * stays, resumable, and the error's hint names it; bad input leaves nothing.
 */
export async function runJob<T>(
  options: OpenOptions & JobWatch & { title: string; signal: AbortSignal },
  work: (context: JobContext) => Promise<T>,
): Promise<{ result: T; folder: string }> {
  const run = await openRun(options)
  const log = new EventLog(join(run.working, 'events.jsonl'))
  options.opened?.(run)
  log.on(options.watch)
  const began = performance.now()
  const earlier = run.record.workedS
  const workedS = (): number => earlier + (performance.now() - began) / 1000
  try {
    if (run.record.resumed === 0) {
      log.emit({ kind: 'queued', title: options.title, command: options.command })
      log.emit({ kind: 'started', pid: process.pid })
    } else {
      log.emit({ kind: 'resumed', pid: process.pid })
      log.emit({ kind: 'log', level: 'info', text: `Resuming the interrupted run ${run.record.id}.` })
    }
    const result = await work({ run, log, signal: options.signal, workedS })
    log.emit({ kind: 'finished' })
    await storeRecord(run.working, { ...run.record, workedS: workedS() })
    publish(run)
    return { result, folder: run.final }
  } catch (error) {
    throw await ended(error, run, log, options.signal, workedS())
  }
}

async function ended(
  error: unknown,
  run: RunFolder,
  log: EventLog,
  signal: AbortSignal,
  workedS: number,
): Promise<CodedError> {
  const shape = signal.aborted ? { code: 'cancelled' as const, message: 'Cancelled.' } : toErrorShape(error)
  // Bad input found at the start of a new run: there is nothing to resume.
  if (errorCodes[shape.code] === 2 && run.record.resumed === 0) {
    discard(run)
    return new CodedError(shape.code, shape.message, shape.hint, shape.data)
  }
  try {
    log.emit(shape.code === 'cancelled' ? { kind: 'cancelled' } : { kind: 'failed', error: shape })
    await storeRecord(run.working, { ...run.record, workedS })
  } catch {
    // A full disk takes no last words; the steps that were finished are there all the same.
  }
  release(run.working)
  const keeps = `The same command continues it; what is done lies in ${run.working}.`
  const hint = shape.hint?.includes('resumes')
    ? `${shape.hint} (${run.working})`
    : `${shape.hint ? `${shape.hint} ` : ''}${keeps}`
  return new CodedError(shape.code, shape.message, hint, shape.data)
}
