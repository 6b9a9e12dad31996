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
  /** As it is drawn; undefined since a point changed that. */
  #drawn: Point[] | undefined

  /** `most`: buckets, an even number; drawn are up to twice as many points. */
  constructor(most = 256) {
    this.#most = most
  }

  /** `x` grows from point to point. */
  add(x: number, y: number): void {
    const point: Point = [x, y]
    const last = this.#buckets.at(-1)
    if (last && this.#inLast < this.#stride) {
      if (widen(last, { low: point, high: point })) this.#drawn = undefined
      this.#inLast++
      return
    }
    this.#drawn = undefined
    if (this.#buckets.length === this.#most) this.#halve()
    this.#buckets.push({ low: point, high: point })
    this.#inLast = 1
  }

  /** In the order of x. The very array of before, where no point since then has changed what is drawn. */
  points(): readonly Point[] {
    this.#drawn ??= this.#buckets.flatMap(({ low, high }) => {
      if (low === high) return [low]
      return low[0] < high[0] ? [low, high] : [high, low]
    })
    return this.#drawn
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

/** Returns whether that changed anything. */
function widen(bucket: Bucket, { low, high }: Bucket): boolean {
  const [lower, higher] = [low[1] < bucket.low[1], high[1] > bucket.high[1]]
  if (lower) bucket.low = low
  if (higher) bucket.high = high
  return lower || higher
}
