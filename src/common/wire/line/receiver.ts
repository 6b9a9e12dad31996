import type { Range } from './frame.ts'
import { maxRanges, maxWindowBytes, unwrap } from './frame.ts'
import { withRange } from './ranges.ts'

/** A frame alone is acknowledged after this moment, two at once: one ack for several frames keeps the way back free. */
const ackDelayMs = 10
const framesPerAck = 2

/** The receiving half: puts the stream together again and says what is there. */
export class Receiver {
  #next = 0
  #seen = 0
  /** What came out of turn, by offset. */
  readonly #early = new Map<number, Uint8Array>()
  #ranges: Range[] = []
  #owed = 0
  #ackAt: number | undefined

  /** One data frame; returns the bytes that are now in turn. */
  data(frame: { number: number; offset: number; bytes: Uint8Array }, now: number): Uint8Array[] {
    this.seen(frame.number, now)
    const start = unwrap(frame.offset, this.#next)
    const end = start + frame.bytes.length
    if (end <= this.#next || end > this.#next + maxWindowBytes) {
      // A second copy: the first one's ack was lost.
      this.#ackAt = now
      return []
    }
    if (start > this.#next) {
      const known = this.#ranges.length
      this.#early.set(start, longer(this.#early.get(start), frame.bytes))
      this.#ranges = withRange(this.#ranges, { start, end })
      // A new gap: whoever sent it should know at once.
      if (this.#ranges.length !== known) this.#ackAt = now
      return []
    }
    const hadGap = this.#ranges.length > 0
    const ready = [frame.bytes.subarray(this.#next - start)]
    this.#next = end
    for (let piece = this.#takeEarly(); piece; piece = this.#takeEarly()) ready.push(piece)
    this.#ranges = this.#ranges.filter((range) => range.end > this.#next)
    if (hadGap) this.#ackAt = now
    return ready
  }

  /** Any frame that wants to be acknowledged. */
  seen(number: number, now: number): void {
    const full = unwrap(number, this.#seen)
    if (full > this.#seen) this.#seen = full
    this.#owed++
    if (this.#owed >= framesPerAck) this.#ackAt = now
    else this.#ackAt ??= now + ackDelayMs
  }

  get ackAt(): number | undefined {
    return this.#ackAt
  }

  /** What an ack has to say; none is due after it. */
  ack(): { seen: number; next: number; ranges: Range[] } {
    this.#owed = 0
    this.#ackAt = undefined
    return { seen: this.#seen, next: this.#next, ranges: this.#ranges.slice(0, maxRanges) }
  }

  #takeEarly(): Uint8Array | undefined {
    for (const [start, bytes] of this.#early) {
      if (start > this.#next) continue
      this.#early.delete(start)
      const rest = bytes.subarray(Math.min(bytes.length, this.#next - start))
      if (rest.length === 0) return this.#takeEarly()
      this.#next += rest.length
      return rest
    }
    return undefined
  }
}

const longer = (a: Uint8Array | undefined, b: Uint8Array): Uint8Array => (a && a.length >= b.length ? a : b)
