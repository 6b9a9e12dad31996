import { readText } from './readings.ts'

/** Jiffies since boot: what all processors worked, and what they could have. */
interface Jiffies {
  busy: number
  all: number
}

/** The first line of /proc/stat; null where there is none. guest times are part of user and nice already. */
export function parseStat(text: string): Jiffies | null {
  const fields = /^cpu +([\d ]+)/m.exec(text)?.[1]?.trim().split(' ').map(Number)
  if (!fields || fields.length < 4) return null
  const counted = fields.slice(0, 8)
  const all = counted.reduce((sum, value) => sum + value, 0)
  // idle and iowait
  return { all, busy: all - fields[3]! - (fields[4] ?? 0) }
}

/** Below this many jiffies in all (10 ms each, per core) the counters are too coarse to tell. */
const minJiffies = 20

/**
 * Cores that other processes keep busy, from one reading to the next: what the machine worked less what this process
 * did. Unlike the load average it forgets at once what was before.
 */
export class OtherLoad {
  readonly #cores: number
  #last: { jiffies: Jiffies; ownUs: number; atMs: number } | undefined

  constructor(cores: number) {
    this.#cores = cores
  }

  /** Null on the first reading, too soon after the last one, and where the machine does not tell. */
  async read(): Promise<number | null> {
    const text = await readText('/proc/stat')
    const jiffies = text === null ? null : parseStat(text)
    if (!jiffies) return null
    const { user, system } = process.cpuUsage()
    const now = { jiffies, ownUs: user + system, atMs: performance.now() }
    const last = this.#last
    if (last && jiffies.all - last.jiffies.all < minJiffies) return null
    this.#last = now
    if (!last) return null
    const seconds = (now.atMs - last.atMs) / 1000
    const busyCores = (this.#cores * (jiffies.busy - last.jiffies.busy)) / (jiffies.all - last.jiffies.all)
    return Math.max(0, busyCores - (now.ownUs - last.ownUs) / 1e6 / seconds)
  }
}
