import type { Range } from './frame.ts'
import { maxRanges, maxWindowBytes, unwrap } from './frame.ts'
import { FrameSize } from './frameSize.ts'
import { covers, withoutRange, withRange } from './ranges.ts'

interface Segment extends Range {
  number: number
  sentAt: number
}

/** Enough to keep the line busy while an acknowledgement is on its way, even when a process is late by 0.2 s. */
const windowSeconds = 0.25
const minWindowBytes = 4096
/** Of bytes that may wait here before `full` asks for patience. */
const backlogBytes = 64 * 1024
const minTimeoutMs = 100
const maxTimeoutMs = 1000

/** The sending half: a byte stream cut into segments, what is under way, what is lost and has to go again. */
export class Sender {
  readonly #size: FrameSize
  readonly #window: number
  /** Bytes from `#base` on, in the pieces in which they came. */
  readonly #chunks: Uint8Array[] = []
  #base = 0
  /** Offset of the first chunk's first byte; at most `#base`. */
  #chunksStart = 0
  #sentEnd = 0
  #end = 0
  #underWay: Segment[] = []
  #lost: Range[] = []
  #timeoutMs: number
  #roundTripMs: number | undefined
  #deviationMs = 0
  #progressAt = 0
  #probes = 0

  constructor(bytesPerSecond: number) {
    this.#size = new FrameSize(bytesPerSecond)
    this.#window = Math.min(maxWindowBytes, Math.max(minWindowBytes, Math.round(bytesPerSecond * windowSeconds)))
    this.#timeoutMs = 300 + (2000 * this.#window) / bytesPerSecond
  }

  /** Takes a copy. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#chunks.push(bytes.slice())
    this.#end += bytes.length
  }

  /** Whether whoever writes should wait. */
  get full(): boolean {
    return this.#end - this.#sentEnd > backlogBytes
  }

  get idle(): boolean {
    return this.#base === this.#end
  }

  /** The next segment for the line, as frame `number`; undefined where nothing may go now. */
  next(number: number, now: number): { offset: number; bytes: Uint8Array } | undefined {
    const range = this.#choose()
    if (!range) return undefined
    if (this.#underWay.length === 0) this.#progressAt = now
    this.#underWay.push({ ...range, number, sentAt: now })
    return { offset: range.start, bytes: this.#read(range) }
  }

  #choose(): Range | undefined {
    const size = this.#probes > 0 ? this.#size.smallest : this.#size.bytes
    const lost = this.#lost[0]
    if (lost) {
      const range = { start: lost.start, end: Math.min(lost.end, lost.start + size) }
      this.#lost = withoutRange(this.#lost, range)
      return range
    }
    const underWay = this.#underWay.reduce((sum, { start, end }) => sum + end - start, 0)
    const room = Math.min(this.#window - underWay, this.#base + maxWindowBytes - this.#sentEnd)
    const left = this.#end - this.#sentEnd
    // Rather a moment's wait than a scrap of a frame.
    if (left <= 0 || room < Math.min(left, size)) return undefined
    const range = { start: this.#sentEnd, end: this.#sentEnd + Math.min(left, size) }
    this.#sentEnd = range.end
    return range
  }

  /** What the other end says it has. */
  acknowledged(ack: { seen: number; next: number; ranges: readonly Range[] }, newest: number, now: number): void {
    const next = unwrap(ack.next, this.#base)
    if (next < this.#base || next > this.#sentEnd) return
    const seen = unwrap(ack.seen, newest)
    const ranges = ack.ranges.map(({ start, end }) => ({ start: next + start - ack.next, end: next + end - ack.next }))
    // An ack with every place taken may have left ranges out: nothing is known of what lies behind them.
    const known = ranges.length < maxRanges ? Number.POSITIVE_INFINITY : ranges.at(-1)!.end
    const there = [{ start: Number.NEGATIVE_INFINITY, end: next }, ...ranges]

    const still: Segment[] = []
    for (const segment of this.#underWay) {
      if (covers(there, segment)) {
        this.#size.note(segment.end - segment.start, false)
        if (segment.number === seen) this.#measure(now - segment.sentAt)
        this.#progressAt = now
        this.#probes = 0
      } else if (segment.number <= seen && segment.end <= known) {
        this.#size.note(segment.end - segment.start, true)
        this.#lost = withRange(this.#lost, segment)
      } else still.push(segment)
    }
    this.#underWay = still
    if (this.#lost.length > 0) for (const range of there) this.#lost = withoutRange(this.#lost, range)
    if (next > this.#base) {
      this.#progressAt = now
      this.#probes = 0
      this.#base = next
      this.#forget()
    }
  }

  /** When the oldest segment has been waiting too long for an answer; undefined where none is under way. */
  get timeoutAt(): number | undefined {
    if (this.#underWay.length === 0) return undefined
    return this.#progressAt + Math.min(maxTimeoutMs, this.#timeoutMs * 1.5 ** Math.min(this.#probes, 8))
  }

  /** Nothing came back in time: the oldest goes again. The answer to it will tell about all the others. */
  timedOut(now: number): void {
    const oldest = this.#underWay.shift()
    if (!oldest) return
    this.#size.note(oldest.end - oldest.start, true)
    this.#lost = withRange(this.#lost, oldest)
    this.#probes++
    this.#progressAt = now
  }

  /** The line was cut and is back: all that was under way may be gone. */
  resumed(now: number): void {
    for (const segment of this.#underWay) this.#lost = withRange(this.#lost, segment)
    this.#underWay = []
    this.#probes = 0
    this.#progressAt = now
  }

  #measure(ms: number): void {
    const mean = this.#roundTripMs ?? ms
    this.#deviationMs += 0.25 * (Math.abs(ms - mean) - this.#deviationMs)
    this.#roundTripMs = mean + 0.125 * (ms - mean)
    this.#timeoutMs = Math.max(minTimeoutMs, this.#roundTripMs + 4 * this.#deviationMs + 50)
  }

  #read({ start, end }: Range): Uint8Array {
    const out = new Uint8Array(end - start)
    let at = this.#chunksStart
    for (const chunk of this.#chunks) {
      if (at >= end) break
      const from = Math.max(start, at)
      const to = Math.min(end, at + chunk.length)
      if (from < to) out.set(chunk.subarray(from - at, to - at), from - start)
      at += chunk.length
    }
    return out
  }

  #forget(): void {
    while (this.#chunks[0] && this.#chunksStart + this.#chunks[0].length <= this.#base) {
      this.#chunksStart += this.#chunks.shift()!.length
    }
  }
}
