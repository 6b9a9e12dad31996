import type { Link } from '../contract/config.ts'
import type { Random } from '../random.ts'

/** Payload of one TCP segment on Ethernet: what is lost and sent again as a whole. */
export const segmentBytes = 1460
/** Linux never retransmits sooner by its timer (TCP_RTO_MIN); it doubles with every further loss of a segment. */
const minTimeoutMs = 200
const maxDoublings = 6

/**
 * One direction of a link with a rate and a delay: bytes leave one after the other at the rate, as from a queue that
 * loses nothing, and arrive `delayMs` later. A message that arrives as a whole is there 8 · bytes / rate + delay after it
 * was given in, which is exactly what `transmissionMs` computes.
 *
 * Loss: above TCP a lost segment is seen as delay only. Each segment is lost with probability `loss`; it is sent again
 * after a round trip where at least three segments follow it (fast retransmit, RFC 5681), else when the timer ends
 * (200 ms or a round trip more, doubled for each further loss, RFC 6298), takes its time on the link once more, and what
 * follows waits for it. That is a model of TCP, without congestion control. Pure: times come in as arguments, in ms.
 */
export class ShapedWay {
  readonly #msPerByte: number
  readonly #delayMs: number
  readonly #rttMs: number
  readonly #loss: number
  readonly #random: Pick<Random, 'next'>
  /** When the last byte given in so far has left. */
  #free = Number.NEGATIVE_INFINITY
  #delivered = Number.NEGATIVE_INFINITY

  constructor(
    { rateMbps, rttMs, loss }: { rateMbps: number | null; rttMs: number | null; loss?: number | undefined },
    random: Pick<Random, 'next'>,
  ) {
    this.#msPerByte = rateMbps === null ? 0 : 8 / (rateMbps * 1000)
    this.#rttMs = rttMs ?? 0
    this.#delayMs = this.#rttMs / 2
    this.#loss = loss ?? 0
    this.#random = random
  }

  /** `bytes` come in at `nowMs`; returns when the last of them is at the other end. Never before an earlier one. */
  send(nowMs: number, bytes: number): number {
    this.#free = Math.max(this.#free, nowMs)
    let left = bytes
    while (left > 0) {
      const segment = Math.min(left, segmentBytes)
      left -= segment
      this.#free += segment * this.#msPerByte
      let arrived = this.#free + this.#delayMs
      for (let losses = 0; this.#random.next() < this.#loss && losses < maxDoublings; losses++) {
        const fast = losses === 0 && left >= 3 * segmentBytes
        arrived += fast ? this.#rttMs : (minTimeoutMs + this.#rttMs) * 2 ** losses
        arrived += segment * this.#msPerByte
      }
      this.#delivered = Math.max(this.#delivered, arrived)
    }
    return this.#delivered
  }
}

/** The way to the server: the link's rate, half of its round trip, its loss. */
export const wayThere = (link: Link, random: Pick<Random, 'next'>): ShapedWay => new ShapedWay(link, random)

/** The way back: the link's rate is that of the uplink, and answers are small, so only half of the round trip applies. */
export const wayBack = (link: Link, random: Pick<Random, 'next'>): ShapedWay =>
  new ShapedWay({ rateMbps: null, rttMs: link.rttMs }, random)
