import { readdirSync } from 'node:fs'

/** What one round of a soak leaves behind; memory in bytes, right after a garbage collection that keeps nothing spare. */
export interface Reading {
  /** Of the workbench's process: resident memory, and what it holds of it: JavaScript heap and buffers outside of that. */
  resident: number
  held: number
  /** Of the agent that stays connected for the whole soak. */
  agentResident: number
  agentHeld: number
  /** Resident memory of the program that emulates that agent's processor: 0 where it runs on its own. Printed, not judged. */
  emulator: number
  /** Open descriptors of the workbench's process and of that agent where it is a child: files, pipes, sockets, ports. */
  descriptors: number
  /** Agents that run, with what started them. */
  processes: number
}
export type Quantity = keyof Reading

/** The quantities that are bytes. */
export const memory: ReadonlySet<Quantity> = new Set(['resident', 'held', 'agentResident', 'agentHeld', 'emulator'])

export function descriptorsOf(pid: number | 'self'): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

export interface Growth {
  what: Quantity
  first: number
  last: number
  /** Per hour, by least squares, with the 95 % interval of the slope. */
  slope: number
  low: number
  high: number
}

/** Readings over time, and by how much they grow. */
export class Series {
  readonly #readings: { hours: number; reading: Reading }[] = []

  add(hours: number, reading: Reading): void {
    this.#readings.push({ hours, reading })
  }

  get length(): number {
    return this.#readings.length
  }

  /** The first quarter is warm-up (caches fill, code is compiled) and does not count. */
  growthPerHour(): Growth[] {
    const counted = this.#readings.slice(Math.floor(this.#readings.length / 4))
    if (counted.length < 5) throw new Error(`${counted.length} readings say nothing: soak for longer`)
    const x = counted.map(({ hours }) => hours)
    return (Object.keys(counted[0]!.reading) as Quantity[]).map((what) => {
      const y = counted.map(({ reading }) => reading[what])
      return { what, first: y[0]!, last: y.at(-1)!, ...slopeOf(x, y) }
    })
  }

  table(): string {
    return this.growthPerHour()
      .map(({ what, first, last, slope, low, high }) => {
        const shown = (value: number): string =>
          memory.has(what) ? `${(value / 1e6).toFixed(2)} MB` : value.toFixed(1)
        return `  ${what.padEnd(14)} ${shown(first)} → ${shown(last)}, per hour ${shown(slope)} [${shown(low)}, ${shown(high)}]`
      })
      .join('\n')
  }
}

export function slopeOf(x: readonly number[], y: readonly number[]): { slope: number; low: number; high: number } {
  const n = x.length
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / n
  const [mx, my] = [mean(x), mean(y)]
  const sxx = x.reduce((sum, one) => sum + (one - mx) ** 2, 0)
  const slope = x.reduce((sum, one, i) => sum + (one - mx) * (y[i]! - my), 0) / sxx
  const residual = y.reduce((sum, one, i) => sum + (one - my - slope * (x[i]! - mx)) ** 2, 0)
  const error = Math.sqrt(residual / Math.max(1, n - 2) / sxx)
  return { slope, low: slope - 1.96 * error, high: slope + 1.96 * error }
}
