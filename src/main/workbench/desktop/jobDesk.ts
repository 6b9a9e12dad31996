import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { JobEvent } from '#common/contract/job.ts'
import type { JobSummary } from '#common/contract/workbench.ts'
import { CodedError } from '#common/errors.ts'
import { preprocess } from '../experiments/preprocess.ts'
import { EventFile } from '../jobs/eventLog.ts'
import { configHash } from '../store/configHash.ts'
import { discard } from '../store/runFolder.ts'
import type { JobHooks, JobWork, Outcome, ProfileWork } from './job.ts'
import { Job } from './job.ts'
import type { DeviceSpec, JobSpec } from './jobSpec.ts'
import {
  endsNamedBy,
  isDeviceSpec,
  isModelSpec,
  isPreprocessSpec,
  isProfileSpec,
  needsOf,
  titleOfSpec,
} from './jobSpec.ts'
import { workOnModel } from './modelWork.ts'
import { runNames } from './runs.ts'
import type { ShelfRun } from './shelf.ts'
import { eventsFile, readShelf, shelfId, specOf, summariseShelf } from './shelf.ts'

/** Does what jobs want of devices. */
export interface DeviceWork {
  perform(spec: DeviceSpec, hooks: JobHooks): Promise<{ folder: string | null }>
  /** Gives up connections and lines that a job needs for itself, until the returned function is called. */
  lend(devices: readonly string[], job: string): Promise<() => void>
  onThisComputer(device: string): boolean
}

/** What the desk tells whoever listens. */
export interface DeskListener {
  event(job: string, index: number | null, event: JobEvent): void
  changed(summary: JobSummary): void
  gone(job: string): void
  runsChanged(): void
}

const lookEveryMs = 1000
/** An answer must fit into one message. */
const maxEventsAtOnce = 20_000

/**
 * The jobs of a workspace: those of this process, in order, where two that need the same thing come one after the other
 * (comparisons train and time on this computer: two at once would falsify each other's times), and what lies unfinished
 * on the disk: interrupted, or the work of a command that was begun before this process. The latter is read from its
 * events.
 */
export class JobDesk {
  readonly #runsFolder: string
  readonly #work: JobWork
  readonly #devices: DeviceWork | undefined
  readonly #profile: ProfileWork | undefined
  readonly #listener: DeskListener
  readonly #jobs = new Map<string, Job>()
  readonly #eventFiles = new Map<string, EventFile>()
  readonly #seen = new Map<string, { stamp: string; events: number; state: string }>()
  #runs = ''
  readonly #running = new Set<Job>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(runsFolder: string, work: JobWork, listener: DeskListener, devices?: DeviceWork, profile?: ProfileWork) {
    this.#runsFolder = runsFolder
    this.#work = work
    this.#devices = devices
    this.#profile = profile
    this.#listener = listener
  }

  /** Queues a job and returns its id; `id` where one goes on under its old name; `awaited`: see Job. */
  submit(spec: JobSpec, { id = `job-${randomBytes(6).toString('hex')}`, awaited = false } = {}): string {
    if (this.#closed) throw new CodedError('run-busy', 'This desktop process is ending.', 'Try again in a moment.')
    this.#refuseTwice(spec)
    const job = new Job(id, spec, awaited, this.#runsFolder, {
      event: (one, index, event) => this.#listener.event(one.id, index, event),
      changed: (one) => this.#listener.changed(one.summary()),
    })
    this.#jobs.set(id, job)
    this.#listener.changed(job.summary())
    this.#pump()
    return id
  }

  list(): JobSummary[] {
    const own = [...this.#jobs.values()].reverse().map((job) => job.summary())
    return [...own, ...this.#shelf().map((run) => summariseShelf(run, this.#eventsOf(run.folder)))]
  }

  /** Jobs of this process that have not ended. */
  live(): JobSummary[] {
    return [...this.#jobs.values()].filter((job) => job.live).map((job) => job.summary())
  }

  events(id: string, since: number): { events: JobEvent[]; next: number } {
    const all = this.#jobs.get(id)?.events ?? this.#eventsOf(this.#onShelf(id).folder)
    const events = all.slice(since, since + maxEventsAtOnce)
    return { events, next: since + events.length }
  }

  wait(id: string): Promise<Outcome> {
    const job = this.#jobs.get(id)
    if (!job) throw unknown(id)
    return job.outcome()
  }

  cancel(id: string): JobSummary {
    const job = this.#jobs.get(id)
    if (job) {
      job.cancel()
      return job.summary()
    }
    const run = this.#onShelf(id)
    // A command line that was begun apart: it cancels on SIGTERM as on Ctrl-C.
    if (run.owner !== undefined) process.kill(run.owner, 'SIGTERM')
    const summary = summariseShelf(run, this.#eventsOf(run.folder))
    return run.owner === undefined ? summary : { ...summary, state: 'cancelling' }
  }

  resume(id: string): string {
    const job = this.#jobs.get(id)
    if (job?.live) throw new CodedError('run-busy', 'This job has not ended.', 'Cancel it first.')
    const spec = job ? again(job.spec) : specOf(this.#onShelf(id), this.#runsFolder)
    if (!spec) {
      throw new CodedError('bad-usage', 'This run can only be continued in a terminal.', 'Run the same command again.')
    }
    this.#jobs.delete(id)
    return this.submit(spec, { id })
  }

  /** Takes an ended job off the list; what an unfinished one had done is deleted. */
  async discard(id: string): Promise<void> {
    const job = this.#jobs.get(id)
    const busy = job ? job.live : this.#onShelf(id).owner !== undefined
    if (busy) throw new CodedError('run-busy', 'This job has not ended.', 'Cancel it first.')
    const folder = job ? job.working : this.#onShelf(id).folder
    this.#jobs.delete(id)
    if (folder) {
      await rm(folder, { recursive: true, force: true })
      discard({ working: folder })
    }
    this.#seen.delete(id)
    this.#listener.gone(id)
  }

  /** Looks at the disk once a second as long as somebody watches. */
  watch(on: boolean): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (!on || this.#closed) return
    this.#look()
    this.#timer = setInterval(() => this.#look(), lookEveryMs)
    this.#timer.unref()
  }

  /** Cancels what goes on, waits for it, and returns what nobody had cancelled and nobody asks for again, in order. */
  async close(): Promise<{ id: string; spec: JobSpec }[]> {
    this.watch(false)
    this.#closed = true
    const live = [...this.#jobs.values()].filter((job) => job.live)
    const wanted = new Set(live.filter(({ state, awaited }) => state !== 'cancelling' && !awaited))
    for (const job of live) job.cancel()
    await Promise.all(live.map((job) => job.outcome().catch(() => {})))
    return live.filter((job) => wanted.has(job) && job.state !== 'finished').map(({ id, spec }) => ({ id, spec }))
  }

  /** Begins what waits and needs nothing that a job before it has or waits for. */
  #pump(): void {
    const taken = new Set<string>()
    for (const job of this.#jobs.values()) {
      if (!job.live) continue
      const needs = needsOf(job.spec, (device) => this.#devices?.onThisComputer(device) ?? true)
      const free = !needs.some((need) => taken.has(need))
      for (const need of needs) taken.add(need)
      if (free && job.state === 'queued' && !this.#running.has(job)) void this.#perform(job)
    }
  }

  async #perform(job: Job): Promise<void> {
    this.#running.add(job)
    await job.perform((hooks) => this.#workOf(job.spec, hooks))
    this.#running.delete(job)
    if (job.state === 'finished') this.#listener.runsChanged()
    this.#pump()
  }

  async #workOf(spec: JobSpec, hooks: JobHooks): Promise<{ folder: string | null }> {
    if (isModelSpec(spec)) return workOnModel(spec, hooks)
    if (isPreprocessSpec(spec))
      return preprocess({ ...spec, ...hooks, config: spec.preprocess, out: spec.out ?? undefined })
    if (!isDeviceSpec(spec)) {
      const { device, server } = endsNamedBy(spec)
      const giveBack = await this.#devices?.lend([device, server], titleOfSpec(spec))
      try {
        const out = spec.out ?? undefined
        if (!isProfileSpec(spec)) return await this.#work({ ...spec, ...hooks, out })
        if (!this.#profile) throw new CodedError('internal', 'This process makes no profiles.')
        return await this.#profile({ ...spec, config: spec.profile, ...hooks, out, fresh: false })
      } finally {
        giveBack?.()
      }
    }
    if (!this.#devices) throw new CodedError('internal', 'This process has no devices.')
    return this.#devices.perform(spec, hooks)
  }

  #refuseTwice(spec: JobSpec): void {
    const key = identityOf(spec)
    for (const job of this.#jobs.values()) {
      if (!job.live || identityOf(job.spec) !== key) continue
      throw new CodedError(
        'run-busy',
        `${isDeviceSpec(spec) ? 'This' : 'This run'} is already going on in process ${process.pid}${job.working ? ` (${job.working})` : ''}.`,
        'Wait for it, or cancel it there.',
        { job: job.id },
      )
    }
  }

  #shelf(): ShelfRun[] {
    const own = new Set([...this.#jobs.values()].map(({ working }) => working))
    return readShelf(this.#runsFolder).filter(({ folder }) => !own.has(folder))
  }

  #eventsOf(folder: string): readonly JobEvent[] {
    const file = this.#eventFiles.get(folder) ?? new EventFile(eventsFile(folder))
    this.#eventFiles.set(folder, file)
    return file.read()
  }

  #onShelf(id: string): ShelfRun {
    const run = this.#shelf().find(({ folder }) => shelfId(folder) === id)
    if (!run) throw unknown(id)
    return run
  }

  #look(): void {
    const gone = new Set(this.#seen.keys())
    const shelf = this.#shelf()
    const there = new Set(shelf.map(({ folder }) => folder))
    for (const folder of this.#eventFiles.keys()) if (!there.has(folder)) this.#eventFiles.delete(folder)
    for (const run of shelf) {
      const id = shelfId(run.folder)
      gone.delete(id)
      const before = this.#seen.get(id)
      if (before?.stamp === run.stamp) continue
      const events = this.#eventsOf(run.folder)
      const summary = summariseShelf(run, events)
      for (let index = before?.events ?? events.length; index < events.length; index++) {
        this.#listener.event(id, index, events[index]!)
      }
      if (before?.state !== summary.state) this.#listener.changed(summary)
      this.#seen.set(id, { stamp: run.stamp, events: events.length, state: summary.state })
    }
    for (const id of gone) {
      this.#seen.delete(id)
      // One that was resumed goes on under the same id.
      if (!this.#jobs.has(id)) this.#listener.gone(id)
    }
    const runs = runNames(this.#runsFolder).join('\n')
    if (runs !== this.#runs) this.#listener.runsChanged()
    this.#runs = runs
  }
}

/** Equal for jobs that would do the same in the same place. */
function identityOf(spec: JobSpec): string {
  if (isDeviceSpec(spec)) return configHash(spec.job)
  return `${configHash(workOf(spec))} ${spec.out}`
}

function workOf(spec: Exclude<JobSpec, DeviceSpec>) {
  if (isModelSpec(spec)) return spec.model
  if (isPreprocessSpec(spec)) return spec.preprocess
  return isProfileSpec(spec) ? spec.profile : spec.config
}

const again = (spec: JobSpec): JobSpec => (isDeviceSpec(spec) ? spec : { ...spec, fresh: false })

const unknown = (id: string): CodedError =>
  new CodedError('unknown-name', `There is no job "${id}".`, 'It may have been finished or discarded meanwhile.')
