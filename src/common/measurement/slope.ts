import type { Interval } from './interval.ts'
import { median, sorted } from './statistics.ts'

export interface Line {
  slope: number
  intercept: number
  /** 95 % interval of the slope; null where so few points cannot reach 95 %. */
  slope95: Interval | null
}

/**
 * The straight line through points that outliers do not move: the median of the slopes between all pairs with different
 * x (Theil 1950, Sen 1968), and the median of what remains. Its interval is Sen's, from the variance of Kendall's tau with
 * ties in x. Throws an Error where there are not two different x.
 */
export function robustLine(x: readonly number[], y: readonly number[]): Line {
  const slopes: number[] = []
  for (let i = 0; i < x.length; i++) {
    for (let j = i + 1; j < x.length; j++) if (x[i] !== x[j]) slopes.push((y[j]! - y[i]!) / (x[j]! - x[i]!))
  }
  if (slopes.length === 0) throw new Error('a line needs two different values of x')
  const slope = median(slopes)
  return { slope, intercept: median(y.map((value, i) => value - slope * x[i]!)), slope95: interval(x, slopes) }
}

/** Two-sided 95 % of the normal distribution, which Kendall's sum comes near to. */
const z = 1.959964

/** Sen 1968, section 5: order statistics of the slopes, as far from the middle as Kendall's sum strays by chance. */
function interval(x: readonly number[], slopes: readonly number[]): Interval | null {
  const ties = new Map<number, number>()
  for (const value of x) ties.set(value, (ties.get(value) ?? 0) + 1)
  const spread = (n: number): number => n * (n - 1) * (2 * n + 5)
  const variance = [...ties.values()].reduce((rest, n) => rest - spread(n), spread(x.length)) / 18
  const rank = Math.round((slopes.length - z * Math.sqrt(variance)) / 2)
  if (rank < 1) return null
  const ordered = sorted(slopes)
  return [ordered[rank - 1]!, ordered[ordered.length - rank]!]
}
