import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { CodedError } from '#common/errors.ts'
import { isAlive, startTime } from '../../../system/processes.ts'
import type { Owner } from '../store/owner.ts'

const patienceMs = 5000
const lookEveryMs = 20

/**
 * Does a short piece of work under a lock file that names its owner; a dead owner's is taken over. Throws `run-busy`
 * where a living one holds it for five seconds.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs
  const mine: Owner = { pid: process.pid, started: startTime(process.pid) }
  while (!take(path, mine)) {
    const owner = ownerOf(path)
    // Just being written, or gone meanwhile: looked at again.
    if (owner && !isAlive(owner)) rmSync(path, { force: true })
    else if (performance.now() > until) {
      if (!owner) rmSync(path, { force: true })
      else throw new CodedError('run-busy', `${path} is held by process ${owner.pid}.`, 'Try again in a moment.')
    } else await delay(lookEveryMs)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function take(path: string, owner: Owner): boolean {
  try {
    writeFileSync(path, JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function ownerOf(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return undefined
  }
}
