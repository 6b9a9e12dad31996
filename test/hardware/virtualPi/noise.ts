import { random } from '#common/random.ts'

/** Flips each bit with probability `rate`; the same seed flips the same bits. Returns how many. */
export class BitNoise {
  flipped = 0
  readonly #random: () => number
  #rate = 0
  /** Bits until the next flip. */
  #ahead = Number.POSITIVE_INFINITY

  constructor(seed: number) {
    const stream = random(seed, 'bit noise')
    this.#random = () => stream.next()
  }

  set rate(rate: number) {
    this.#rate = rate
    this.#ahead = this.#gap()
  }

  apply(bytes: Buffer): Buffer {
    const bits = bytes.length * 8
    if (this.#ahead >= bits) {
      this.#ahead -= bits
      return bytes
    }
    const noisy = Buffer.from(bytes)
    while (this.#ahead < bits) {
      noisy[this.#ahead >> 3]! ^= 1 << (this.#ahead & 7)
      this.flipped++
      this.#ahead += 1 + this.#gap()
    }
    this.#ahead -= bits
    return noisy
  }

  /** The number of undisturbed bits before a flip is distributed geometrically: one draw a flip, not one a bit. */
  #gap(): number {
    if (this.#rate <= 0) return Number.POSITIVE_INFINITY
    return Math.floor(Math.log(1 - this.#random()) / Math.log(1 - this.#rate))
  }
}
