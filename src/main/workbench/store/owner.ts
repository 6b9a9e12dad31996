import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../../system/atomic.ts'

interface Owner {
  pid: number
  /** Start time of the process in clock ticks (Linux), so that a recycled pid is not taken for the owner. */
  started: string | null
}

const fileOf = (folder: string): string => join(folder, 'owner.json')

function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may contain spaces and parentheses: fields are counted behind its last ")".
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

export async function claim(folder: string): Promise<void> {
  const owner: Owner = { pid: process.pid, started: startTime(process.pid) }
  await writeFileAtomic(fileOf(folder), JSON.stringify(owner))
}

export const release = (folder: string): void => rmSync(fileOf(folder), { force: true })

/** The living process that owns a run, or undefined: then it is "interrupted". */
export function livingOwner(folder: string): number | undefined {
  if (!existsSync(fileOf(folder))) return undefined
  try {
    const { pid, started } = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Owner
    if (pid === process.pid) return undefined
    process.kill(pid, 0)
    return started === null || startTime(pid) === started ? pid : undefined
  } catch (error) {
    // EPERM: it lives but belongs to someone else.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') {
      return (JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Owner).pid
    }
    return undefined
  }
}
