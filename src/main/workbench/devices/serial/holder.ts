import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'

/** A process that has a file open: for "which program holds this port". */
export interface Holder {
  pid: number
  /** As the system calls it: "minicom". */
  name: string
}

/** Who has `path` open; undefined where that cannot be told (not Linux, or another user's process). */
export function holderOf(path: string): Holder | undefined {
  try {
    const real = realpathSync(path)
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry)
      if (Number.isInteger(pid) && holds(pid, real)) {
        return { pid, name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }
      }
    }
  } catch {
    // no /proc, or the process has just ended
  }
  return undefined
}

function holds(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === path
      } catch {
        return false
      }
    })
  } catch {
    return false
  }
}
