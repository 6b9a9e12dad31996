type Point = [x: number, y: number]

/** Least and largest value among neighbouring points, and where they are. */
interface Bucket {
  low: Point
  high: Point
}

/** Of what the curve spans, in x or in y: half a pixel of a panel of a thousand. */
const seenShare = 1 / 2000

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
  /** x of the first point, and the least and the largest y so far. */
  #from = 0
  #least = Number.POSITIVE_INFINITY
  #largest = Number.NEGATIVE_INFINITY
  /** As it is drawn, and its last bucket then; undefined since a point changed what can be seen of it. */
  #drawn: { points: Point[]; last: Bucket } | undefined

  /** `most`: buckets, an even number; drawn are up to twice as many points. */
  constructor(most = 256) {
    this.#most = most
  }

  /** `x` grows from point to point. */
  add(x: number, y: number): void {
    const point: Point = [x, y]
    const last = this.#buckets.at(-1)
    if (!last) this.#from = x
    this.#least = Math.min(this.#least, y)
    this.#largest = Math.max(this.#largest, y)
    if (last && this.#inLast < this.#stride) {
      widen(last, { low: point, high: point })
      if (this.#drawn && this.#isSeen(last, this.#drawn.last, x)) this.#drawn = undefined
      this.#inLast++
      return
    }
    this.#drawn = undefined
    if (this.#buckets.length === this.#most) this.#halve()
    this.#buckets.push({ low: point, high: point })
    this.#inLast = 1
  }

  /** In the order of x. The very array of before, where the points since then change nothing that can be seen. */
  points(): readonly Point[] {
    const last = this.#buckets.at(-1)
    if (!last) return []
    this.#drawn ??= { points: this.#buckets.flatMap(inOrder), last: { ...last } }
    return this.#drawn.points
  }

  #isSeen({ low, high }: Bucket, drawn: Bucket, x: number): boolean {
    const [dx, dy] = [seenShare * (x - this.#from), seenShare * (this.#largest - this.#least)]
    const apart = ([ax, ay]: Point, [bx, by]: Point): boolean => Math.abs(ax - bx) > dx || Math.abs(ay - by) > dy
    return apart(low, drawn.low) || apart(high, drawn.high)
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

const inOrder = ({ low, high }: Bucket): Point[] => {
  if (low === high) return [low]
  return low[0] < high[0] ? [low, high] : [high, low]
}

function widen(bucket: Bucket, { low, high }: Bucket): void {
  if (low[1] < bucket.low[1]) bucket.low = low
  if (high[1] > bucket.high[1]) bucket.high = high
}
