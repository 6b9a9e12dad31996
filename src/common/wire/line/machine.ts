import type { LineFrame } from './frame.ts'
import { decodeFrame, encodeFrame, maxPieceBytes } from './frame.ts'
import { Receiver } from './receiver.ts'
import { Sender } from './sender.ts'
import { PieceCutter } from './stuffing.ts'

/** Why a conversation over a line ended. */
export type LineEnd =
  /** One of the two ends closed it. */
  | 'closed'
  /** The other end is another process now: what was under way is lost. */
  | 'restarted'
  /** Nothing that makes sense has come for too long. */
  | 'silent'

export interface LineOptions {
  /** The workbench calls, the agent answers. */
  role: 'caller' | 'answerer'
  /** Drawn at random by whoever makes the machine, 1 to 2³² − 1: tells this process from the one that was there before. */
  id: number
  /** Of the line: baud / 10 with one start and one stop bit. Undefined where the other end will say. */
  bytesPerSecond?: number
  /** So many seconds without a valid frame end the conversation. */
  silenceS: number
  onBytes(bytes: Uint8Array): void
  /** What is no frame: a banner, a kernel's message, noise. */
  onStray?(bytes: Uint8Array): void
  onOpen?(): void
  onEnd(end: LineEnd): void
}

const assumedBytesPerSecond = 92_160
const helloEveryMs = 250
const keepaliveMs = 2000
const tickMs = 1000
const byeEveryMs = 100
const byes = 5
const beaconEveryMs = 200
/** A new line that is followed by nothing was typed by somebody who wants to know what is here. */
const strayNewlineMs = 50

/**
 * One end of a reliable byte stream over a line that flips, drops and adds bytes: frames of stuffed bytes with length,
 * number and CRC-32, selective resend, one conversation at a time. Pure: bytes and the time in ms come in, frames come
 * out of `next`, and `wakeAt` says when to call `wake`. What arrives is what was sent, in order, or the conversation ends.
 */
export class LineMachine {
  readonly #options: LineOptions
  readonly #cutter = new PieceCutter(maxPieceBytes)
  readonly #receiver = new Receiver()
  #sender: Sender
  /** Of the other end; 0 until it has said hello. */
  #peer = 0
  #number = 0
  #ended = false
  #helloAt: number | undefined
  #helloAnswer = false
  #greet = false
  #byesLeft = 0
  #byeAt: number | undefined
  #byeAnswer = false
  /** The last goodbye is on its way: nothing comes after it. */
  #leaving = false
  #pingDue = false
  #sentAt = 0
  #tickAt: number
  #heard = true
  #missedTicks = 0
  #beaconAt = Number.NEGATIVE_INFINITY
  #newlineAt: number | undefined

  constructor(options: LineOptions, now: number) {
    this.#options = options
    this.#sender = new Sender(options.bytesPerSecond ?? assumedBytesPerSecond)
    this.#tickAt = now + tickMs
    if (options.role === 'caller') this.#helloAt = now
  }

  get open(): boolean {
    return this.#peer !== 0 && !this.#ended
  }

  /** The last frame was the last one: whoever writes it calls `next` once more when it is out. */
  get leaving(): boolean {
    return this.#leaving
  }

  /** Whether whoever writes should wait before writing more. */
  get full(): boolean {
    return this.#sender.full
  }

  write(bytes: Uint8Array): void {
    if (!this.#ended) this.#sender.write(bytes)
  }

  /** Says goodbye; `onEnd('closed')` when the other end has heard it or did not answer. What is under way is given up. */
  close(now: number): void {
    if (this.#ended || this.#byesLeft > 0) return
    if (this.open) {
      this.#byesLeft = byes
      this.#byeAt = now
    } else this.#end('closed')
  }

  /** The line was cut (unplugged) and is back. The other end may be another one by now. */
  resume(now: number): void {
    this.#cutter.take()
    this.#heard = true
    this.#missedTicks = 0
    this.#tickAt = now + tickMs
    this.#sender.resumed(now)
    if (this.#options.role === 'caller') this.#helloAt = now
  }

  receive(bytes: Uint8Array, now: number): void {
    this.#newlineAt = undefined
    this.#cutter.push(bytes, (piece, whole) => {
      if (this.#ended) return
      const frame = whole ? decodeFrame(piece) : undefined
      if (frame) this.#take(frame, now)
      else this.#options.onStray?.(piece)
    })
    if (this.#ended) return
    const { held } = this.#cutter
    if (held.length > 0 && held.every((byte) => byte === 10 || byte === 13)) this.#newlineAt = now + strayNewlineMs
  }

  /** The next frame for the line, or undefined where there is nothing to send now. */
  next(now: number): Uint8Array<ArrayBuffer> | undefined {
    const frame = this.#choose(now)
    if (!frame) return undefined
    this.#sentAt = now
    return encodeFrame(frame)
  }

  /** When to call `wake` and `next` again, whatever happens; undefined when it is over. */
  get wakeAt(): number | undefined {
    if (this.#ended) return undefined
    const times = [this.#tickAt, this.#byeAt, this.#newlineAt]
    if (this.#byesLeft === 0) times.push(this.#helloAt)
    if (this.open) times.push(this.#receiver.ackAt, this.#sender.timeoutAt, this.#sentAt + keepaliveMs)
    return Math.min(...times.filter((time) => time !== undefined))
  }

  wake(now: number): void {
    if (this.#ended) return
    if (this.#newlineAt !== undefined && now >= this.#newlineAt) {
      this.#newlineAt = undefined
      this.#options.onStray?.(this.#cutter.take())
      if (this.#options.role === 'answerer') this.#beacon(now)
    }
    if (now >= this.#tickAt) this.#tick(now)
    if (this.#ended || !this.open) return
    const { timeoutAt } = this.#sender
    if (timeoutAt !== undefined && now >= timeoutAt) this.#sender.timedOut(now)
    if (now >= this.#sentAt + keepaliveMs) this.#pingDue = true
  }

  /**
   * One tick is one chance to have heard something: a process that was late for a minute (its computer slept, its one
   * thread computed) has missed a single tick, and reads what waits for it before the next.
   */
  #tick(now: number): void {
    this.#tickAt = now + tickMs
    this.#missedTicks = this.#heard ? 0 : this.#missedTicks + 1
    this.#heard = false
    // An answerer that nobody has called yet may wait for ever.
    if (this.#options.role === 'answerer' && this.#peer === 0) return
    if (this.#missedTicks >= this.#options.silenceS) this.#end('silent')
  }

  #choose(now: number): LineFrame | undefined {
    if (this.#leaving) this.#end('closed')
    if (this.#ended) return undefined
    const number = ++this.#number
    const session = this.#session
    if (this.#byesLeft > 0) {
      if (this.#byeAt === undefined || now < this.#byeAt) return undefined
      this.#byeAt = now + byeEveryMs
      if (--this.#byesLeft === 0) this.#leaving = true
      return { kind: 'bye', session, number, answer: true }
    }
    if (this.#byeAnswer) {
      this.#byeAnswer = false
      this.#leaving = true
      return { kind: 'bye', session, number, answer: false }
    }
    if (this.#greet || this.#helloAnswer || (this.#helloAt !== undefined && now >= this.#helloAt)) {
      const answer = this.#options.role === 'caller'
      this.#greet = this.#helloAnswer = false
      if (this.#helloAt !== undefined) this.#helloAt = now + helloEveryMs
      const { id, bytesPerSecond = 0 } = this.#options
      return { kind: 'hello', number, id, peer: this.#peer, bytesPerSecond, answer }
    }
    if (!this.open) return undefined
    const { ackAt } = this.#receiver
    if (ackAt !== undefined && now >= ackAt) return { kind: 'ack', session, number, ...this.#receiver.ack() }
    const segment = this.#sender.next(number, now)
    if (segment) return { kind: 'data', session, number, ...segment }
    if (this.#pingDue) {
      this.#pingDue = false
      return { kind: 'ping', session, number }
    }
    return undefined
  }

  #take(frame: LineFrame, now: number): void {
    if (frame.kind === 'hello') {
      this.#hello(frame, now)
      return
    }
    if (!this.open || frame.session !== this.#session) {
      // Somebody talks to the process that was here before this one.
      if (this.#options.role === 'answerer') this.#beacon(now)
      return
    }
    this.#heard = true
    switch (frame.kind) {
      case 'data':
        for (const bytes of this.#receiver.data(frame, now)) if (!this.#ended) this.#options.onBytes(bytes)
        return
      case 'ping':
        this.#receiver.seen(frame.number, now)
        return
      case 'ack':
        this.#sender.acknowledged(frame, this.#number, now)
        return
      case 'bye':
        if (!frame.answer) this.#end('closed')
        else this.#byeAnswer = true
    }
  }

  #hello(frame: Extract<LineFrame, { kind: 'hello' }>, now: number): void {
    const { id, role } = this.#options
    // An echo of this end's own words; or another caller.
    if (frame.id === id || frame.answer !== (role === 'answerer')) return
    if (role === 'caller' && frame.peer !== id) {
      // A free answerer makes itself known; one that is bound elsewhere must hear who is calling now.
      if (this.#peer !== 0) this.#end('restarted')
      else this.#helloAt = Math.min(this.#helloAt ?? now, now)
      return
    }
    if (this.#peer !== 0 && this.#peer !== frame.id) {
      this.#end('restarted')
      return
    }
    this.#heard = true
    this.#helloAt = undefined
    this.#helloAnswer = role === 'answerer'
    if (this.#peer !== 0) return
    this.#peer = frame.id
    if (this.#options.bytesPerSecond === undefined && frame.bytesPerSecond > 0 && this.#sender.idle) {
      this.#sender = new Sender(frame.bytesPerSecond)
    }
    this.#options.onOpen?.()
  }

  #beacon(now: number): void {
    if (now < this.#beaconAt) return
    this.#beaconAt = now + beaconEveryMs
    this.#greet = true
  }

  /** Of this conversation between these two, in the caller's and the answerer's order. */
  get #session(): number {
    const [caller, answerer] =
      this.#options.role === 'caller' ? [this.#options.id, this.#peer] : [this.#peer, this.#options.id]
    return (Math.imul(caller, 0x9e3779b1) ^ answerer) >>> 0
  }

  #end(end: LineEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.onEnd(end)
  }
}
