import type { Interval } from '#common/measurement/interval.ts'
import { mean } from '#common/measurement/statistics.ts'

/** Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom. */
const t95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/**
 * Least squares; the 95 % interval of the slope supposes independent, equally spread errors. `blocks` says which points
 * were measured together: each block has a height of its own, so that a machine that slows down over minutes says nothing
 * about the slope. Needs three points more than there are blocks.
 */
export function fitLine(
  x: readonly number[],
  y: readonly number[],
  blocks: readonly number[] = x.map(() => 0),
): { slope: number; slope95: Interval } {
  const [dx, dy] = [fromBlockMean(x, blocks), fromBlockMean(y, blocks)]
  const square = dx.reduce((sum, value) => sum + value ** 2, 0)
  const slope = dx.reduce((sum, value, at) => sum + value * dy[at]!, 0) / square
  const residual = dx.reduce((sum, value, at) => sum + (dy[at]! - slope * value) ** 2, 0)
  const freedom = x.length - new Set(blocks).size - 1
  const half = (t95[freedom - 1] ?? 1.96) * Math.sqrt(residual / freedom / square)
  return { slope, slope95: [slope - half, slope + half] }
}

const fromBlockMean = (values: readonly number[], blocks: readonly number[]): number[] =>
  values.map((value, at) => value - mean(values.filter((_, other) => blocks[other] === blocks[at])))
