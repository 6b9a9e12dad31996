import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { isAlive, startTime } from '../../../system/processes.ts'

/**
 * Who the one desktop process of a workspace is and how other doors reach it: `workbench.lock` beside the runs, readable
 * by its owner only (mode 0600), because the token in it opens the door.
 */
const lockSchema = z.object({
  protocol: z.literal(1),
  pid: z.number().int(),
  started: z.string().nullable(),
  door: z.enum(['window', 'web', 'terminal']),
  startedAt: z.string(),
  port: z.number().int(),
  token: z.string(),
})
export type Lock = z.infer<typeof lockSchema>
export type Door = Lock['door']

export const runsFolderOf = (workspace: string): string => join(workspace, 'splitbench-runs')
export const lockPathOf = (workspace: string): string => join(runsFolderOf(workspace), 'workbench.lock')

export const newLock = (door: Door, port: number, token: string): Lock => ({
  protocol: 1,
  pid: process.pid,
  started: startTime(process.pid),
  door,
  startedAt: new Date().toISOString(),
  port,
  token,
})

export const newToken = (): string => randomBytes(32).toString('base64url')

/** The lock as it stands; undefined where there is none or it is not readable as one. */
export function readLock(workspace: string): Lock | undefined {
  try {
    return lockSchema.safeParse(JSON.parse(readFileSync(lockPathOf(workspace), 'utf8'))).data
  } catch {
    return undefined
  }
}

/**
 * Makes `lock` the workspace's, unless a living process other than this one has it: then that one's lock is returned.
 * A dead owner's, and one that `deaf` says does not answer, is taken over. The system's error where the folder cannot
 * be written.
 */
export function takeLock(workspace: string, lock: Lock, deaf?: Lock): Lock {
  const path = lockPathOf(workspace)
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  writeFileSync(draft, JSON.stringify(lock), { mode: 0o600, flag: 'wx' })
  try {
    for (;;) {
      // A link, unlike a rename, fails where a lock is there already: one of two that come at once wins.
      if (linked(draft, path)) return lock
      const found = readLock(workspace)
      if (found && isAlive(found) && found.token !== deaf?.token) return found
      if (!stepAside(path, `${draft}.stale`, found?.token)) continue
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Removes the lock if it is still ours, and the folder if nothing else is in it. */
export function releaseLock(workspace: string, { token }: Lock): void {
  if (readLock(workspace)?.token === token) rmSync(lockPathOf(workspace), { force: true })
  try {
    rmdirSync(runsFolderOf(workspace))
  } catch {
    // It holds runs.
  }
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes a dead lock away; one that somebody else has put there meanwhile is put back. */
function stepAside(path: string, aside: string, dead: string | undefined): boolean {
  try {
    renameSync(path, aside)
  } catch {
    return false
  }
  try {
    const moved = lockSchema.safeParse(JSON.parse(readFileSync(aside, 'utf8'))).data
    if (moved && moved.token !== dead) linked(aside, path)
  } catch {
    // Not readable as a lock: nobody's.
  }
  rmSync(aside, { force: true })
  return true
}
