import { existsSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { JobEvent, Progress } from '#common/contract/job.ts'
import type { JobState, JobSummary } from '#common/contract/workbench.ts'
import type { ErrorShape } from '#common/errors.ts'
import { fromErrorShape, toErrorShape } from '#common/errors.ts'
import type { CompareOptions } from '../experiments/compare.ts'
import type { JobWatch } from '../experiments/job.ts'
import type { ProfileOptions } from '../experiments/profile/profileModel.ts'
import type { RunFolder } from '../store/runFolder.ts'
import { AlreadyFinished } from '../store/runFolder.ts'
import type { JobSpec } from './jobSpec.ts'
import { deviceNamedBy, titleOfSpec, verbOf } from './jobSpec.ts'
import { eventsOf } from './shelf.ts'

/** Does the work of a comparison: `compare` of experiments, as the command line calls it. */
export type JobWork = (options: CompareOptions) => Promise<{ folder: string }>

/** Does the work of a profile, likewise. */
export type ProfileWork = (options: ProfileOptions) => Promise<{ folder: string }>

/** What any work of a job is given. */
export interface JobHooks extends Required<JobWatch> {
  cwd: string
  signal: AbortSignal
}

/** `folder` null: the work leaves none. */
export type Outcome = { folder: string | null; already: boolean }

export interface JobListener {
  event(job: Job, index: number | null, event: JobEvent): void
  changed(job: Job): void
}

/** A job of this process, from its place in the queue to its end. */
export class Job {
  readonly id: string
  readonly spec: JobSpec
  /** Whether somebody waits in a terminal, who asks again when this process ends. */
  readonly awaited: boolean
  state: JobState = 'queued'
  /** What the event file of its run holds. */
  events: JobEvent[] = []
  /** The folder of its run, while that is unfinished. */
  working: string | undefined
  #run: RunFolder | undefined
  #queuedAt = new Date().toISOString()
  #startedAt: string | null = null
  #endedAt: string | null = null
  #progress: Progress | null = null
  #error: ErrorShape | null = null
  #abort = new AbortController()
  #runsFolder: string
  #listener: JobListener
  #settle!: (outcome: Outcome | ErrorShape) => void
  #ended = new Promise<Outcome | ErrorShape>((resolve) => {
    this.#settle = resolve
  })

  constructor(id: string, spec: JobSpec, awaited: boolean, runsFolder: string, listener: JobListener) {
    this.id = id
    this.spec = spec
    this.awaited = awaited
    this.#runsFolder = runsFolder
    this.#listener = listener
  }

  get live(): boolean {
    return this.state === 'queued' || this.state === 'running' || this.state === 'cancelling'
  }

  summary(): JobSummary {
    const final = this.#run?.final
    return {
      id: this.id,
      title: titleOfSpec(this.spec),
      command: this.spec.command,
      verb: verbOf(this.spec),
      state: this.state,
      run: final && dirname(final) === this.#runsFolder ? relative(this.#runsFolder, final) : null,
      device: deviceNamedBy(this.spec),
      pid: this.state === 'running' || this.state === 'cancelling' ? process.pid : null,
      queuedAt: this.#queuedAt,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      progress: this.#progress,
      error: this.#error,
      resumable: !this.live && this.state !== 'finished' && this.working !== undefined,
      events: this.events.length,
    }
  }

  /** Works until the end, whatever that is; never throws. */
  async perform(work: (hooks: JobHooks) => Promise<{ folder: string | null }>): Promise<void> {
    this.#startedAt = new Date().toISOString()
    this.#become('running')
    try {
      const { folder } = await work({
        cwd: dirname(this.#runsFolder),
        signal: this.#abort.signal,
        opened: (run) => this.#opened(run),
        watch: (event, stored) => this.#took(event, stored),
      })
      this.working = undefined
      this.#end('finished', { folder, already: false })
    } catch (error) {
      if (error instanceof AlreadyFinished) return this.#end('finished', { folder: error.folder, already: true })
      if (this.working && !existsSync(this.working)) this.working = undefined
      const shape = toErrorShape(error)
      this.#error = shape.code === 'cancelled' ? null : shape
      this.#end(shape.code === 'cancelled' ? 'cancelled' : 'failed', shape)
    }
  }

  /** Asks it to stop; one that waits in the queue is gone at once. */
  cancel(): void {
    if (this.state === 'queued') this.#end('cancelled', { code: 'cancelled', message: 'Cancelled.' })
    else if (this.state === 'running') {
      this.#become('cancelling')
      this.#abort.abort()
    }
  }

  /** Its end; throws as it failed. */
  async outcome(): Promise<Outcome> {
    const outcome = await this.#ended
    if ('folder' in outcome) return outcome
    throw fromErrorShape(outcome)
  }

  #opened(run: RunFolder): void {
    this.#run = run
    this.working = run.working
    this.events = eventsOf(run.working)
    this.#listener.changed(this)
  }

  #took(event: JobEvent, stored: boolean): void {
    if (event.kind === 'progress') this.#progress = event.progress
    const index = stored ? this.events.push(event) - 1 : null
    this.#listener.event(this, index, event)
  }

  #become(state: JobState): void {
    this.state = state
    this.#listener.changed(this)
  }

  #end(state: JobState, outcome: Outcome | ErrorShape): void {
    this.#endedAt = new Date().toISOString()
    this.#become(state)
    this.#settle(outcome)
  }
}
