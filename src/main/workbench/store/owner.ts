import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../../system/atomic.ts'

export interface Owner {
  pid: number
  /** Start time of the process in clock ticks (Linux), so that a recycled pid is not taken for the owner. */
  started: string | null
}

const fileOf = (folder: string): string => join(folder, 'owner.json')

/** A process' start time, or null where the system does not tell: two with one number differ in it. */
export function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may contain spaces and parentheses: fields are counted behind its last ")".
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // Z, X: it has ended, and only its parent has not asked how.
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

export async function claim(folder: string): Promise<void> {
  const owner: Owner = { pid: process.pid, started: startTime(process.pid) }
  await writeFileAtomic(fileOf(folder), JSON.stringify(owner))
}

export const release = (folder: string): void => rmSync(fileOf(folder), { force: true })

/** Whether the process that noted this of itself still lives. Throws nothing. */
export function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives but belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return started === null || startTime(pid) === started
}

/** The living process that owns a run, or undefined: then it is "interrupted". */
export function livingOwner(folder: string): number | undefined {
  try {
    const owner = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Owner
    return owner.pid !== process.pid && isAlive(owner) ? owner.pid : undefined
  } catch {
    return undefined
  }
}
