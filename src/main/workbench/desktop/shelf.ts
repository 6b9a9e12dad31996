import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compareConfigSchema } from '#common/contract/config.ts'
import { deviceTimeConfigSchema } from '#common/contract/deviceTiming.ts'
import type { JobEvent } from '#common/contract/job.ts'
import { profileConfigSchema } from '#common/contract/modelProfile.ts'
import { modelWorkSchema } from '#common/contract/models.ts'
import { preprocessingConfigSchema } from '#common/contract/preprocessing.ts'
import type { JobState, JobSummary } from '#common/contract/workbench.ts'
import { readEvents } from '../jobs/eventLog.ts'
import { livingOwner } from '../store/owner.ts'
import type { RunRecord } from '../store/runFolder.ts'
import { readRecord } from '../store/runFolder.ts'
import type { JobSpec } from './jobSpec.ts'

/** A run that lies unfinished on the disk: interrupted, or another process' work. */
export interface ShelfRun {
  folder: string
  record: RunRecord
  /** The living process that works on it. */
  owner: number | undefined
  /** Changes with every stored event and with the owner. */
  stamp: string
}

export const shelfId = (folder: string): string => `run-${basename(folder)}`
export const eventsFile = (folder: string): string => join(folder, 'events.jsonl')

/** Unfinished runs, newest first. */
export function readShelf(runsFolder: string): ShelfRun[] {
  const shelf = join(runsFolder, '.running')
  let names: string[]
  try {
    names = readdirSync(shelf)
  } catch {
    return []
  }
  return names
    .flatMap((name) => {
      const folder = join(shelf, name)
      const record = readRecord(folder)
      if (!record) return []
      const owner = livingOwner(folder)
      const size = statSync(eventsFile(folder), { throwIfNoEntry: false })?.size ?? 0
      return [{ folder, record, owner, stamp: `${owner} ${size}` }]
    })
    .sort((a, b) => (a.record.startedAt < b.record.startedAt ? 1 : -1))
}

/** The job that its events tell of (a fold), with a state that knows whether anybody still works on it. */
export function summariseShelf({ folder, record, owner }: ShelfRun, events: readonly JobEvent[]): JobSummary {
  const last = events.findLast(({ kind }) => kind !== 'progress' && kind !== 'log' && kind !== 'metric')
  const queued = events.find((event) => event.kind === 'queued')
  const progress = events.findLast((event) => event.kind === 'progress')?.progress ?? null
  let state: JobState = 'interrupted'
  if (owner !== undefined) state = 'running'
  else if (last?.kind === 'failed' || last?.kind === 'cancelled') state = last.kind
  return {
    id: shelfId(folder),
    title: queued?.title ?? record.verb,
    command: record.command,
    verb: record.verb,
    state,
    run: null,
    device: (configOf(record) ?? timingOf(record) ?? profileOf(record))?.device ?? null,
    pid: owner ?? null,
    queuedAt: record.startedAt,
    startedAt: record.startedAt,
    endedAt: state === 'running' ? null : (events.at(-1)?.at ?? null),
    progress,
    error: state === 'failed' && last?.kind === 'failed' ? last.error : null,
    resumable: owner === undefined && specOf({ folder, record }, '') !== undefined,
    events: events.length,
  }
}

export const eventsOf = (folder: string): JobEvent[] => readEvents(eventsFile(folder))

/** What continues it; undefined where only its own command line can. */
export function specOf(
  { folder, record }: Pick<ShelfRun, 'folder' | 'record'>,
  runsFolder: string,
): JobSpec | undefined {
  const timing = timingOf(record)
  if (timing) return { job: { verb: 'device time', config: timing }, command: record.command }
  const name = basename(folder)
  const out = name === record.id ? null : join(runsFolder, name)
  const profile = profileOf(record)
  if (profile) return { profile, command: record.command, out }
  const place = { command: record.command, out, fresh: false }
  const model = modelOf(record)
  if (model) return { model, ...place }
  const preprocess = preprocessOf(record)
  if (preprocess) return { preprocess, ...place }
  const config = configOf(record)
  return config && { config, ...place }
}

const preprocessOf = ({ verb, config }: RunRecord) =>
  verb === 'preprocess' ? preprocessingConfigSchema.safeParse(config).data : undefined

const modelOf = ({ verb, config }: RunRecord) => modelWorkSchema.safeParse({ verb, config }).data

const configOf = (record: RunRecord) =>
  record.verb === 'compare' ? compareConfigSchema.safeParse(record.config).data : undefined

const profileOf = (record: RunRecord) =>
  record.verb === 'profile' ? profileConfigSchema.safeParse(record.config).data : undefined

const timingOf = (record: RunRecord) =>
  record.verb === 'device time' ? deviceTimeConfigSchema.safeParse(record.config).data : undefined
