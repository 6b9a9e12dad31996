import { independentBlockMedians } from './blocks.ts'
import { medianInterval } from './interval.ts'
import { median } from './statistics.ts'

export interface Verdict {
  /** Which of the two is faster; null where the difference is not significant. */
  faster: 'a' | 'b' | null
  /** median(a) / median(b). */
  ratio: number
  /** Two-sided Mann-Whitney p over block medians. */
  p: number
  /** Whether the 95 % intervals of the medians overlap. */
  overlap: boolean
}

export const intervalsOverlap = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] <= b[1] && b[0] <= a[1]

/**
 * Whether two series of timings (raw samples in the order they were taken) really differ. Both must say so: the
 * intervals of the medians do not overlap, which is what a reader of the table can check, and the Mann-Whitney test over
 * the medians of independent blocks has p < 0.05. Raw samples would overstate what correlated timings tell.
 */
export function verdict(a: ArrayLike<number>, b: ArrayLike<number>): Verdict {
  const ratio = median(a) / median(b)
  const p = mannWhitney(independentBlockMedians(a), independentBlockMedians(b))
  const overlap = intervalsOverlap(medianInterval(a), medianInterval(b))
  const faster = p >= 0.05 || overlap ? null : median(a) < median(b) ? 'a' : 'b'
  return { faster, ratio, p, overlap }
}

/**
 * Two-sided p of the Mann-Whitney U test (Mann & Whitney 1947). Exact by their recurrence where there are no ties and
 * n·m ≤ 400; else the normal approximation with tie and continuity correction.
 */
export function mannWhitney(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length
  const m = b.length
  if (n === 0 || m === 0) throw new Error('no samples')
  const { rankSum, ties } = ranksOf(a, b)
  const u = rankSum - (n * (n + 1)) / 2
  const smaller = Math.min(u, n * m - u)
  if (ties === 0 && n * m <= 400) return Math.min(1, 2 * exactTail(n, m, smaller))
  const total = n + m
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  if (variance === 0) return 1
  const z = Math.max(0, (n * m) / 2 - smaller - 0.5) / Math.sqrt(variance)
  return Math.min(1, 2 * normalTail(z))
}

/** Sum of a's mid-ranks in the pooled order, and Σ(t³ − t) over groups of t equal values. */
function ranksOf(a: ArrayLike<number>, b: ArrayLike<number>): { rankSum: number; ties: number } {
  const pooled = [
    ...Array.from(a, (value) => ({ value, ours: true })),
    ...Array.from(b, (value) => ({ value, ours: false })),
  ].sort((x, y) => x.value - y.value)
  let rankSum = 0
  let ties = 0
  for (let start = 0; start < pooled.length; ) {
    let end = start
    while (end < pooled.length && pooled[end]!.value === pooled[start]!.value) end++
    const count = end - start
    ties += count ** 3 - count
    const midRank = (start + 1 + end) / 2
    for (let i = start; i < end; i++) if (pooled[i]!.ours) rankSum += midRank
    start = end
  }
  return { rankSum, ties }
}

/** P(U ≤ u) for independent samples of sizes n and m: coefficients of the Gaussian binomial. */
function exactTail(n: number, m: number, u: number): number {
  const size = n * m + 1
  let counts = new Float64Array(size)
  counts[0] = 1
  for (let i = 1; i <= n; i++) {
    const next = new Float64Array(counts)
    // Times (1 − q^(m+i)), then divided by (1 − q^i).
    for (let k = size - 1; k >= m + i; k--) next[k]! -= next[k - m - i]!
    for (let k = i; k < size; k++) next[k]! += next[k - i]!
    counts = next
  }
  let all = 0
  let tail = 0
  for (let k = 0; k < size; k++) {
    all += counts[k]!
    if (k <= u) tail += counts[k]!
  }
  return tail / all
}

/** P(Z > z) for z ≥ 0, Abramowitz & Stegun 26.2.17 (absolute error below 7.5e-8). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
