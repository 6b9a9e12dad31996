import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CodedError } from '#common/errors.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { makeFolder } from '../../../system/makeFolder.ts'
import { readEvents } from '../jobs/eventLog.ts'
import { claim, livingOwner, release } from './owner.ts'

/** What a run folder says of itself while it is running, and what finds it again. */
export interface RunRecord {
  protocol: 1
  id: string
  verb: string
  configHash: string
  command: string
  startedAt: string
  /** Seconds worked in earlier tries. */
  workedS: number
  resumed: number
  config: unknown
}

export interface RunFolder {
  /** Where the run lives until it is finished: `<parent>/.running/<name>`. */
  working: string
  /** Where it will be. */
  final: string
  record: RunRecord
}

export interface OpenOptions {
  verb: string
  configHash: string
  config: unknown
  command: string
  /** The folder that the user named, or undefined: `./splitbench-runs/<id>`. */
  out: string | undefined
  fresh: boolean
  cwd: string
}

const running = '.running'
const recordFile = 'run.json'

/** A finished run of the same configuration is already at the place that the user named. */
export class AlreadyFinished extends Error {
  readonly folder: string
  constructor(folder: string) {
    super(`already finished: ${folder}`)
    this.folder = folder
  }
}

/**
 * Finds the interrupted run of this configuration, or makes a new one. Throws `bad-output` (exit 2) where the place is
 * taken or cannot be written, `run-busy` where a living process owns the run, `AlreadyFinished`.
 */
export async function openRun(options: OpenOptions): Promise<RunFolder> {
  const { verb, configHash, config, command, out, fresh, cwd } = options
  const parent = out ? dirname(resolve(cwd, out)) : join(cwd, 'splitbench-runs')
  const shelf = join(parent, running)
  const interrupted = findInterrupted(shelf, verb, configHash, out ? basename(resolve(cwd, out)) : undefined)
  if (out) refuseTaken(resolve(cwd, out), configHash, fresh)

  let record: RunRecord
  let working: string
  if (interrupted && !fresh) {
    working = interrupted.folder
    record = { ...interrupted.record, resumed: interrupted.record.resumed + 1 }
  } else {
    if (interrupted) rmSync(interrupted.folder, { recursive: true, force: true })
    const startedAt = new Date().toISOString()
    const id = `${startedAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${configHash.slice(0, 6)}`
    working = join(shelf, out ? basename(resolve(cwd, out)) : id)
    record = { protocol: 1, id, verb, configHash, command, startedAt, workedS: 0, resumed: 0, config }
  }
  makeWritable(working, parent)
  await claim(working)
  await storeRecord(working, record)
  return { working, final: out ? resolve(cwd, out) : join(parent, record.id), record }
}

export const storeRecord = (working: string, record: RunRecord): Promise<void> =>
  writeFileAtomic(join(working, recordFile), JSON.stringify(record, null, 2))

export const readRecord = (folder: string): RunRecord | undefined => {
  try {
    return JSON.parse(readFileSync(join(folder, recordFile), 'utf8')) as RunRecord
  } catch {
    return undefined
  }
}

/** The last step of a run: from now on it exists. A finished run of the same place (`--fresh`) is replaced. */
export function publish({ working, final }: RunFolder): void {
  release(working)
  if (existsSync(final)) rmSync(final, { recursive: true, force: true })
  renameSync(working, final)
  removeIfEmpty(dirname(working))
}

/** A run that failed before it had anything to resume leaves nothing. */
export function discard({ working }: Pick<RunFolder, 'working'>): void {
  rmSync(working, { recursive: true, force: true })
  removeIfEmpty(dirname(working))
  removeIfEmpty(dirname(dirname(working)))
}

function findInterrupted(shelf: string, verb: string, configHash: string, name: string | undefined) {
  if (!existsSync(shelf)) return undefined
  for (const entry of name ? [name] : readdirSync(shelf).sort().reverse()) {
    const folder = join(shelf, entry)
    const record = readRecord(folder)
    if (!record) continue
    const same = record.verb === verb && record.configHash === configHash
    if (!same && !name) continue
    const pid = livingOwner(folder)
    if (pid !== undefined) {
      throw new CodedError(
        'run-busy',
        `This run is already going on in process ${pid} (${folder}).`,
        'Wait for it, or cancel it there.',
      )
    }
    if (same) return { folder, record }
    // Another interrupted experiment was aimed at the same place: it would be lost without a word.
    throw new CodedError(
      'bad-output',
      `${folder} holds an interrupted run of another configuration ("${record.command}").`,
      'Finish that one first, choose another --out, or delete the folder.',
    )
  }
  return undefined
}

function refuseTaken(final: string, configHash: string, fresh: boolean): void {
  if (!existsSync(final)) return
  if (!statSync(final).isDirectory()) {
    throw new CodedError('bad-output', `${final} is a file.`, 'Name a folder with --out.')
  }
  if (readdirSync(final).length === 0) return
  const record = readRecord(final)
  if (!record) {
    throw new CodedError(
      'bad-output',
      `${final} is not empty and holds no run.`,
      'Name an empty or new folder with --out.',
    )
  }
  if (record.configHash !== configHash) {
    throw new CodedError(
      'bad-output',
      `${final} holds a finished run of another configuration ("${record.command}").`,
      'Name another folder with --out.',
    )
  }
  if (!fresh) throw new AlreadyFinished(final)
}

function makeWritable(working: string, parent: string): void {
  try {
    makeFolder(working)
    accessSync(working, constants.W_OK)
    accessSync(parent, constants.W_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CodedError(
      'bad-output',
      `The output folder ${parent} cannot be written (${code ?? String(error)}).`,
      'Name a folder that you may write with --out.',
    )
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Not empty, or not ours: it stays.
  }
}

/** Phases that an interrupted run of this configuration has finished, by its stored events. */
export function finishedPhases({
  verb,
  configHash,
  out,
  cwd,
}: Pick<OpenOptions, 'verb' | 'configHash' | 'out' | 'cwd'>): Set<string> {
  const parent = out ? dirname(resolve(cwd, out)) : join(cwd, 'splitbench-runs')
  const shelf = join(parent, running)
  const done = new Set<string>()
  if (!existsSync(shelf)) return done
  for (const entry of readdirSync(shelf)) {
    const record = readRecord(join(shelf, entry))
    if (record?.verb !== verb || record.configHash !== configHash) continue
    for (const event of readEvents(join(shelf, entry, 'events.jsonl'))) {
      if (event.kind === 'progress' && event.progress.done >= event.progress.total) done.add(event.progress.phase)
    }
  }
  return done
}
