import { readFileSync } from 'node:fs'

/** A process, such that a recycled number is not taken for it. */
export interface ProcessId {
  pid: number
  /** Start time in clock ticks (Linux); null where the system does not tell. */
  started: string | null
}

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

export const thisProcess = (): ProcessId => ({ pid: process.pid, started: startTime(process.pid) })

/** Whether the process that noted this of itself still lives. Throws nothing. */
export function isAlive({ pid, started }: ProcessId): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives but belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return started === null || startTime(pid) === started
}
