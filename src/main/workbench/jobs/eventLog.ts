import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { JobEvent } from '#common/contract/job.ts'
import { jobEventSchema } from '#common/contract/job.ts'

type Stamped<T> = T extends unknown ? Omit<T, 'at'> : never

/**
 * The append-only events of a job (architecture rule 9): stored line by line, and handed to whoever watches.
 * Progress is not stored more than once a second: a fold over the file needs its last state, not every step.
 */
export class EventLog {
  /** Undefined: of a job that leaves nothing behind; whoever watches sees its events, and they end with the process. */
  readonly file: string | undefined
  #listeners = new Set<(event: JobEvent, stored: boolean) => void>()
  #lastProgress = 0

  constructor(file?: string) {
    this.file = file
  }

  /** `stored` tells a listener whether a later reader of the file will find the event, too. */
  on(listener: (event: JobEvent, stored: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  emit(event: Stamped<JobEvent>): void {
    const stamped = { ...event, at: new Date().toISOString() } as JobEvent
    const stored = this.#worthStoring(stamped)
    if (stored) this.#append(stamped)
    for (const listener of this.#listeners) listener(stamped, stored)
  }

  /** A full disk must not end a job for a line of its log; the job's own files will say so. */
  #append(event: JobEvent): void {
    if (this.file === undefined) return
    try {
      appendFileSync(this.file, `${JSON.stringify(event)}\n`)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    }
  }

  #worthStoring(event: JobEvent): boolean {
    if (event.kind !== 'progress') return true
    const now = performance.now()
    if (now - this.#lastProgress < 1000 && event.progress.done < event.progress.total) return false
    this.#lastProgress = now
    return true
  }
}

/** The stored events; a last line that a kill cut short is left out. */
export function readEvents(file: string): JobEvent[] {
  if (!existsSync(file)) return []
  const events: JobEvent[] = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue
    try {
      const parsed = jobEventSchema.safeParse(JSON.parse(line))
      if (parsed.success) events.push(parsed.data)
    } catch {
      // Only a line cut short by a kill does not parse.
    }
  }
  return events
}
