type Point = [x: number, y: number]

/** Least and largest value among neighbouring points, and where they are. */
interface Bucket {
  low: Point
  high: Point
}

/**
 * A curve of any length in as many points as a screen can show, kept up to date point by point: least and largest of
 * `stride` neighbours, so that no peak is lost. When there are too many buckets, neighbours become one and the stride
 * doubles: a point costs the same however many there were before it.
 */
export class Thinned {
  readonly #most: number
  #buckets: Bucket[] = []
  #stride = 1
  /** Points in the last bucket. */
  #inLast = 0

  /** `most`: buckets, an even number; drawn are up to twice as many points. */
  constructor(most = 256) {
    this.#most = most
  }

  /** `x` grows from point to point. */
  add(x: number, y: number): void {
    const point: Point = [x, y]
    const last = this.#buckets.at(-1)
    if (last && this.#inLast < this.#stride) {
      widen(last, { low: point, high: point })
      this.#inLast++
      return
    }
    if (this.#buckets.length === this.#most) this.#halve()
    this.#buckets.push({ low: point, high: point })
    this.#inLast = 1
  }

  /** In the order of x. */
  points(): Point[] {
    return this.#buckets.flatMap(({ low, high }) => {
      if (low === high) return [low]
      return low[0] < high[0] ? [low, high] : [high, low]
    })
  }

  #halve(): void {
    const halved: Bucket[] = []
    for (let index = 0; index < this.#buckets.length; index += 2) {
      const bucket = this.#buckets[index]!
      widen(bucket, this.#buckets[index + 1]!)
      halved.push(bucket)
    }
    this.#buckets = halved
    this.#stride *= 2
  }
}

function widen(bucket: Bucket, { low, high }: Bucket): void {
  if (low[1] < bucket.low[1]) bucket.low = low
  if (high[1] > bucket.high[1]) bucket.high = high
}
