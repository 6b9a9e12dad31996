import { appendFileSync, closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
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
    if (event.kind === 'sight') return false
    if (event.kind !== 'progress') return true
    const now = performance.now()
    if (now - this.#lastProgress < 1000 && event.progress.done < event.progress.total) return false
    this.#lastProgress = now
    return true
  }
}

/** The stored events; a last line that a kill cut short is left out. */
export const readEvents = (file: string): JobEvent[] =>
  existsSync(file) ? parseEvents(readFileSync(file, 'utf8')) : []

function parseEvents(text: string): JobEvent[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return []
    try {
      return jobEventSchema.safeParse(JSON.parse(line)).data ?? []
    } catch {
      // Only a line cut short by a kill does not parse.
      return []
    }
  })
}

const lineEnd = 10

/**
 * The stored events of a run that another process works on: each look reads what has been appended since the last one,
 * however long the file is.
 */
export class EventFile {
  readonly #file: string
  #events: JobEvent[] = []
  /** Bytes that were taken: up to the end of a line. */
  #taken = 0

  constructor(file: string) {
    this.#file = file
  }

  /** All of them; the array is the same one with more in it, as long as the file only grows. */
  read(): readonly JobEvent[] {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0
    if (size < this.#taken) {
      this.#events = []
      this.#taken = 0
    }
    const added = readFrom(this.#file, this.#taken, size)
    const end = added.lastIndexOf(lineEnd) + 1
    this.#taken += end
    for (const event of parseEvents(added.toString('utf8', 0, end))) this.#events.push(event)
    return this.#events
  }
}

function readFrom(file: string, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from)
  if (bytes.length === 0) return bytes
  const handle = openSync(file, 'r')
  try {
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, from))
  } finally {
    closeSync(handle)
  }
}
