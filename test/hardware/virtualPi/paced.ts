/** A stream, or what stands for one that comes and goes. */
export interface Source {
  pause(): unknown
  resume(): unknown
}

export interface Pace {
  bytesPerSecond: number
  /** How many bytes may wait for the line before its source has to. */
  capacity: number
}

/** How often bytes are let go, in ms. Timers are not finer, so one byte alone is as late as this; rates are exact. */
const tickMs = 2

/**
 * One direction of a line: bytes leave one after another at its rate. `release` gets them when the last of them has left.
 * The source is paused while too many wait, as a full buffer stops a writer.
 */
export class PacedDirection {
  #pace: Pace
  readonly #source: Source | undefined
  readonly #release: (bytes: Buffer) => void
  #waiting: Buffer[] = []
  #bytes = 0
  /** When the last released byte had left. */
  #freeAt = 0
  #timer: NodeJS.Timeout | undefined
  #whenEmpty: (() => void)[] = []

  constructor(pace: Pace, release: (bytes: Buffer) => void, source?: Source) {
    this.#pace = pace
    this.#release = release
    this.#source = source
  }

  set pace(pace: Pace) {
    this.#pace = pace
    this.#freeAt = performance.now()
  }

  push(bytes: Buffer): void {
    // An idle line is free from now on, it has not saved up what it could have carried.
    if (this.#bytes === 0) this.#freeAt = performance.now()
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes > this.#pace.capacity) this.#source?.pause()
    this.#timer ??= setInterval(() => this.#drain(), tickMs)
  }

  /** After the last byte has left. */
  whenEmpty(then: () => void): void {
    if (this.#bytes === 0) then()
    else this.#whenEmpty.push(then)
  }

  /** What was on its way is lost. */
  clear(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#waiting = []
    this.#bytes = 0
    this.#source?.resume()
  }

  #drain(): void {
    const passed = (performance.now() - this.#freeAt) / 1000
    const count = Math.min(this.#bytes, Math.floor(passed * this.#pace.bytesPerSecond))
    if (count === 0) return
    this.#freeAt += (count / this.#pace.bytesPerSecond) * 1000
    this.#bytes -= count
    const bytes = this.#take(count)
    if (this.#bytes === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    if (this.#bytes <= this.#pace.capacity / 2) this.#source?.resume()
    this.#release(bytes)
    if (this.#bytes === 0) for (const then of this.#whenEmpty.splice(0)) then()
  }

  #take(count: number): Buffer {
    const parts: Buffer[] = []
    for (let left = count; left > 0; ) {
      const first = this.#waiting[0]!
      if (first.length <= left) {
        parts.push(first)
        this.#waiting.shift()
      } else {
        parts.push(first.subarray(0, left))
        this.#waiting[0] = first.subarray(left)
      }
      left -= parts.at(-1)!.length
    }
    return Buffer.concat(parts)
  }
}
