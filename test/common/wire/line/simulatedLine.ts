import { random } from '#common/random.ts'
import type { LineEnd } from '#common/wire/line/machine.ts'
import { LineMachine } from '#common/wire/line/machine.ts'

export interface LineFaults {
  /** Probability that a bit is flipped, that a byte is dropped, that one is doubled. */
  flips?: number
  drops?: number
  doubles?: number
}

/**
 * Two machines and a line between them in simulated time: bytes leave one after another at the line's rate, arrive
 * `latencyMs` later and meet `faults` on the way.
 */
export class SimulatedLine {
  now = 0
  readonly faults: Required<LineFaults>
  readonly received = { caller: [] as number[], answerer: [] as number[] }
  readonly ends: { caller?: LineEnd; answerer?: LineEnd } = {}
  readonly opened = { caller: false, answerer: false }
  readonly stray: number[] = []
  /** Bytes on the line per direction, as sent. */
  readonly carried = { caller: 0, answerer: 0 }
  /** While cut, what is sent is lost. */
  cut = false
  caller: LineMachine
  answerer: LineMachine
  readonly #bytesPerMs: number
  readonly #latencyMs: number
  readonly #rng
  readonly #freeAt = { caller: 0, answerer: 0 }
  #flights: { at: number; to: 'caller' | 'answerer'; bytes: Uint8Array }[] = []

  constructor({
    baud = 115_200,
    latencyMs = 5,
    silenceS = 30,
    seed = 1,
    flips = 0,
    drops = 0,
    doubles = 0,
  }: { baud?: number; latencyMs?: number; silenceS?: number; seed?: number } & LineFaults = {}) {
    this.#bytesPerMs = baud / 10_000
    this.#latencyMs = latencyMs
    this.#rng = random(seed, 'line')
    this.faults = { flips, drops, doubles }
    this.caller = this.machine('caller', 1000 + seed, silenceS, baud / 10)
    this.answerer = this.machine('answerer', 500_000 + seed, silenceS)
  }

  machine(role: 'caller' | 'answerer', id: number, silenceS: number, bytesPerSecond?: number): LineMachine {
    return new LineMachine(
      {
        role,
        id,
        silenceS,
        bytesPerSecond,
        onBytes: (bytes) => {
          for (const byte of bytes) this.received[role].push(byte)
        },
        onStray: (bytes) => this.stray.push(...bytes),
        onOpen: () => {
          this.opened[role] = true
        },
        onEnd: (end) => {
          this.ends[role] = end
        },
      },
      this.now,
    )
  }

  /** Text that somebody else puts on the line. */
  inject(to: 'caller' | 'answerer', text: string): void {
    this.#flights.push({ at: this.now, to, bytes: new TextEncoder().encode(text) })
  }

  /** Runs until `done` or for `limitMs` of the line's time; says whether it was done. */
  run(done: () => boolean, limitMs: number): boolean {
    const end = this.now + limitMs
    while (!done()) {
      this.#send('caller')
      this.#send('answerer')
      const times = [
        ...this.#flights.map(({ at }) => at),
        this.caller.wakeAt ?? Number.POSITIVE_INFINITY,
        this.answerer.wakeAt ?? Number.POSITIVE_INFINITY,
        ...(['caller', 'answerer'] as const).map((who) => this.#freeAt[who]).filter((at) => at > this.now),
      ]
      const next = Math.max(this.now + 0.01, Math.min(...times))
      if (next > end || (this.ends.caller && this.ends.answerer)) {
        this.now = Math.min(next, end)
        return done()
      }
      this.now = next
      const arrived = this.#flights.filter(({ at }) => at <= this.now)
      this.#flights = this.#flights.filter(({ at }) => at > this.now)
      for (const { to, bytes } of arrived) this[to].receive(bytes, this.now)
      for (const who of ['caller', 'answerer'] as const) {
        if ((this[who].wakeAt ?? Number.POSITIVE_INFINITY) <= this.now) this[who].wake(this.now)
      }
    }
    return true
  }

  /** One frame at a time, as a driver with a full buffer takes them. */
  #send(from: 'caller' | 'answerer'): void {
    if (this.#freeAt[from] > this.now) return
    const frame = this[from].next(this.now)
    if (!frame) return
    this.carried[from] += frame.length
    this.#freeAt[from] = Math.max(this.now, this.#freeAt[from]) + frame.length / this.#bytesPerMs
    if (this.cut) return
    const to = from === 'caller' ? 'answerer' : 'caller'
    this.#flights.push({ at: this.#freeAt[from] + this.#latencyMs, to, bytes: this.#spoil(frame) })
  }

  #spoil(frame: Uint8Array): Uint8Array {
    const { flips, drops, doubles } = this.faults
    if (flips + drops + doubles === 0) return frame
    const out: number[] = []
    for (const byte of frame) {
      let value = byte
      if (flips > 0) for (let bit = 0; bit < 8; bit++) if (this.#rng.next() < flips) value ^= 1 << bit
      if (drops > 0 && this.#rng.next() < drops) continue
      out.push(value)
      if (doubles > 0 && this.#rng.next() < doubles) out.push(value)
    }
    return Uint8Array.from(out)
  }
}
