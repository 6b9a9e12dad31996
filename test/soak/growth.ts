import { readdirSync, readFileSync } from 'node:fs'

export type Quantity = 'memory' | 'descriptors' | 'processes'

export type Reading = Record<Quantity, number>

/** Of a process and those that it works with: resident bytes, open descriptors (ports and sockets among them), count. */
export function watchProcess(pid: number, others: readonly number[]): Reading {
  const pids = [pid, ...others]
  return {
    memory: pids.reduce((sum, one) => sum + residentBytes(one), 0),
    descriptors: pids.reduce((sum, one) => sum + descriptors(one), 0),
    processes: childrenOf(pid),
  }
}

const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024

function descriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

const childrenOf = (pid: number): number =>
  read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((text) => text.trim() !== '').length

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Readings over time, and by how much they grow: least squares, with the slope's 95 % interval. */
export class Series {
  readonly #readings: { hours: number; reading: Reading }[] = []
  readonly #start = performance.now()

  add(reading: Reading): void {
    this.#readings.push({ hours: (performance.now() - this.#start) / 3_600_000, reading })
  }

  get length(): number {
    return this.#readings.length
  }

  /** The first fifth is warm-up (caches fill, code is compiled) and does not count. */
  growthPerHour(): { what: Quantity; first: number; last: number; slope: number; low: number; high: number }[] {
    const counted = this.#readings.slice(Math.floor(this.#readings.length / 5))
    if (counted.length < 5) throw new Error(`${counted.length} readings say nothing: soak for longer`)
    const x = counted.map(({ hours }) => hours)
    return (['memory', 'descriptors', 'processes'] as const).map((what) => {
      const y = counted.map(({ reading }) => reading[what])
      return { what, first: y[0]!, last: y.at(-1)!, ...slopeOf(x, y) }
    })
  }

  table(): string {
    const shown = (what: Quantity, value: number): string =>
      what === 'memory' ? `${(value / 1e6).toFixed(1)} MB` : value.toFixed(1)
    return this.growthPerHour()
      .map(
        ({ what, first, last, slope, low, high }) =>
          `  ${what.padEnd(12)} ${shown(what, first)} → ${shown(what, last)}, per hour ${shown(what, slope)} [${shown(what, low)}, ${shown(what, high)}]`,
      )
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
