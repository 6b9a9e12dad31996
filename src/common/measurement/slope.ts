import { median } from './statistics.ts'

export interface Line {
  slope: number
  intercept: number
}

/**
 * The straight line through points that outliers do not move: the median of the slopes between all pairs with different
 * x (Theil 1950, Sen 1968), and the median of what remains. Throws an Error where there are not two different x.
 */
export function robustLine(x: readonly number[], y: readonly number[]): Line {
  const slopes: number[] = []
  for (let i = 0; i < x.length; i++) {
    for (let j = i + 1; j < x.length; j++) if (x[i] !== x[j]) slopes.push((y[j]! - y[i]!) / (x[j]! - x[i]!))
  }
  if (slopes.length === 0) throw new Error('a line needs two different values of x')
  const slope = median(slopes)
  return { slope, intercept: median(y.map((value, i) => value - slope * x[i]!)) }
}
