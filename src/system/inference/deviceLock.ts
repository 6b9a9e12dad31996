import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessId } from '../processes.ts'
import { isAlive, thisProcess } from '../processes.ts'

/** Who has the device, and since when (ISO 8601). */
export interface Holder extends ProcessId {
  since: string
}

/** The waiting one looks so often, and says so often that it still waits (a silent device is given up). */
const pollMs = 200
const sayMs = 5000
/** A lock file without content belongs to a process that is just writing it, or died while it did. */
const unwrittenMs = 5000

/** The name that a lock has in an agent's folder; no hash looks like it. */
export const lockFile = 'device.lock'

/**
 * One agent at a time works on a device: two that time at once would time each other. The lock is a file that names its
 * process; that of a dead process is taken over.
 */
export class DeviceLock {
  readonly #path: string

  constructor(folder: string) {
    this.#path = join(folder, lockFile)
  }

  /**
   * Does `work` while no other process does any under the same folder. `onWaiting` is told who is waited for, at once and
   * every few seconds. Rejects with the signal's reason when it aborts while waiting.
   */
  async hold<T>(signal: AbortSignal, onWaiting: (holder: Holder) => void, work: () => Promise<T>): Promise<T> {
    await this.#acquire(signal, onWaiting)
    try {
      return await work()
    } finally {
      await rm(this.#path, { force: true })
    }
  }

  async #acquire(signal: AbortSignal, onWaiting: (holder: Holder) => void): Promise<void> {
    const own = JSON.stringify({ ...thisProcess(), since: new Date().toISOString() } satisfies Holder)
    let saidAt = Number.NEGATIVE_INFINITY
    while (!(await create(this.#path, own))) {
      signal.throwIfAborted()
      const holder = await this.#holder()
      if (holder === 'stale') await this.#takeOver()
      else if (holder && performance.now() - saidAt >= sayMs) {
        saidAt = performance.now()
        onWaiting(holder)
      }
      if (holder !== 'stale') await delay(pollMs, signal)
    }
  }

  /** Undefined where it is gone meanwhile, or being written. */
  async #holder(): Promise<Holder | 'stale' | undefined> {
    const text = await readFile(this.#path, 'utf8').catch(() => undefined)
    if (text === undefined) return undefined
    const holder = parse(text)
    if (holder) return isAlive(holder) ? holder : 'stale'
    const age = Date.now() - ((await stat(this.#path).catch(() => undefined))?.mtimeMs ?? Date.now())
    return age > unwrittenMs ? 'stale' : undefined
  }

  /** One at a time, and only what is still stale then: else the second would remove the first one's new lock. */
  async #takeOver(): Promise<void> {
    const guard = `${this.#path}.takeover`
    if (!(await create(guard, ''))) {
      const age = Date.now() - ((await stat(guard).catch(() => undefined))?.mtimeMs ?? Date.now())
      if (age > unwrittenMs) await rm(guard, { force: true })
      else await delay(pollMs)
      return
    }
    try {
      if ((await this.#holder()) === 'stale') await rm(this.#path, { force: true })
    } finally {
      await rm(guard, { force: true })
    }
  }
}

/** Whether it was made; false where it is there. */
const create = (path: string, content: string): Promise<boolean> =>
  writeFile(path, content, { flag: 'wx', mode: 0o600 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )

function parse(text: string): Holder | undefined {
  try {
    const { pid, started, since } = JSON.parse(text) as Partial<Holder>
    return Number.isInteger(pid) && typeof since === 'string'
      ? { pid: pid!, since, started: started ?? null }
      : undefined
  } catch {
    return undefined
  }
}

const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    signal?.addEventListener('abort', done, { once: true })
  })
