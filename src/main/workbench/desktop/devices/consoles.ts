import { ConsoleText } from '#common/console/text.ts'
import type { ConsoleLine } from '#common/contract/devices.ts'
import type { ErrorShape } from '#common/errors.ts'
import { CodedError, toErrorShape } from '#common/errors.ts'

/** What a console shows and types into: a serial line, or a shell over SSH. */
export interface ConsoleSource {
  onBytes(listener: (bytes: Uint8Array) => void): void
  /** Called once when it has ended, with the reason where it broke. */
  onClose(listener: (error?: unknown) => void): void
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

export type OpenConsole = (device: string, signal: AbortSignal) => Promise<ConsoleSource>

/** One door's view of consoles. */
export interface ConsoleDoor {
  lines(told: { device: string; lines: ConsoleLine[]; dropped: number; partial: string }): void
  paused(told: { device: string; by: string | null }): void
  ended(told: { device: string; error: ErrorShape | null }): void
  /** Resolves when the door has taken what it was told. */
  drained(): Promise<void>
}

const keptLines = 10_000
/** Told at once, and how often: 40,000 lines a second, which nobody reads. */
const atOnce = 2000
const everyMs = 50

interface Follower {
  waiting: ConsoleLine[]
  dropped: number
  telling: boolean
}

interface OpenedConsole {
  source: ConsoleSource | undefined
  text: ConsoleText
  lines: ConsoleLine[]
  doors: Map<ConsoleDoor, Follower>
  pausedBy: string | null
  opening: AbortController
}

/**
 * The open consoles, one per device, each for as many doors as look at it. Memory is bounded on both sides of a flood:
 * here the last lines are kept, and a door that is slow misses lines and is told how many. A console steps aside while
 * a job needs its line, and comes back.
 */
export class Consoles {
  readonly #open: OpenConsole
  readonly #consoles = new Map<string, OpenedConsole>()

  constructor(open: OpenConsole) {
    this.#open = open
  }

  /** Opens it, or joins it where it is open. Fails as the way to the device fails. */
  async open(device: string, door: ConsoleDoor): Promise<{ lines: ConsoleLine[]; partial: string }> {
    let one = this.#consoles.get(device)
    if (!one) {
      one = {
        source: undefined,
        text: new ConsoleText(),
        lines: [],
        doors: new Map(),
        pausedBy: null,
        opening: new AbortController(),
      }
      this.#consoles.set(device, one)
      one.doors.set(door, { waiting: [], dropped: 0, telling: false })
      try {
        await this.#attach(device, one)
      } catch (error) {
        this.#consoles.delete(device)
        throw error
      }
    } else one.doors.set(door, { waiting: [], dropped: 0, telling: false })
    return { lines: [...one.lines], partial: one.text.partial }
  }

  async write(device: string, text: string): Promise<void> {
    const one = this.#consoles.get(device)
    if (!one?.source) {
      const why = one?.pausedBy ? `"${one.pausedBy}" has its line` : 'it is not open'
      throw new CodedError('run-busy', `Nothing can be typed into the console of ${device}: ${why}.`)
    }
    await one.source.write(new TextEncoder().encode(text))
  }

  /** For one door; the last one closes the console. */
  async close(device: string, door: ConsoleDoor): Promise<void> {
    const one = this.#consoles.get(device)
    if (!one?.doors.delete(door) || one.doors.size > 0) return
    this.#consoles.delete(device)
    one.opening.abort()
    await one.source?.close()
  }

  /** A door has gone. */
  async leave(door: ConsoleDoor): Promise<void> {
    for (const device of [...this.#consoles.keys()]) await this.close(device, door)
  }

  /** Lets go of the line for a job; the returned function takes it again. */
  async pause(device: string, job: string): Promise<() => void> {
    const one = this.#consoles.get(device)
    if (!one) return () => {}
    one.pausedBy = job
    const { source } = one
    one.source = undefined
    await source?.close()
    for (const door of one.doors.keys()) door.paused({ device, by: job })
    return () => {
      one.pausedBy = null
      if (this.#consoles.get(device) !== one) return
      for (const door of one.doors.keys()) door.paused({ device, by: null })
      this.#attach(device, one).catch((error) => this.#ended(device, one, error))
    }
  }

  async closeAll(): Promise<void> {
    const all = [...this.#consoles.values()]
    this.#consoles.clear()
    for (const { opening, source } of all) {
      opening.abort()
      await source?.close()
    }
  }

  async #attach(device: string, one: OpenedConsole): Promise<void> {
    const source = await this.#open(device, one.opening.signal)
    if (this.#consoles.get(device) !== one) return source.close()
    one.source = source
    source.onBytes((bytes) => {
      const at = new Date().toISOString()
      this.#take(
        device,
        one,
        one.text.add(bytes).map((text) => ({ at, text })),
      )
    })
    source.onClose((error) => {
      if (one.source !== source) return
      one.source = undefined
      this.#ended(device, one, error)
    })
  }

  #take(device: string, one: OpenedConsole, lines: ConsoleLine[]): void {
    one.lines.push(...lines)
    if (one.lines.length > keptLines) one.lines.splice(0, one.lines.length - keptLines)
    for (const [door, follower] of one.doors) {
      follower.waiting.push(...lines)
      const over = follower.waiting.length - keptLines
      if (over > 0) {
        follower.waiting.splice(0, over)
        follower.dropped += over
      }
      if (!follower.telling) void this.#tell(device, one, door, follower)
    }
  }

  async #tell(device: string, one: OpenedConsole, door: ConsoleDoor, follower: Follower): Promise<void> {
    follower.telling = true
    let partial: string | undefined
    while (one.doors.get(door) === follower && (follower.waiting.length > 0 || partial !== one.text.partial)) {
      const lines = follower.waiting.splice(0, atOnce)
      const { dropped } = follower
      follower.dropped = 0
      partial = one.text.partial
      door.lines({ device, lines, dropped, partial })
      await door.drained()
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    follower.telling = false
  }

  #ended(device: string, one: OpenedConsole, error: unknown): void {
    if (this.#consoles.get(device) === one) this.#consoles.delete(device)
    for (const door of one.doors.keys()) {
      door.ended({ device, error: error === undefined ? null : toErrorShape(error) })
    }
  }
}
