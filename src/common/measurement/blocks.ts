import { mean, median } from './statistics.ts'

/**
 * Timings in a row resemble each other (a clock that rises, a neighbour that wakes up), so n samples say less than n
 * independent ones, and an interval computed as if they were independent is falsely narrow. The remedy is that of
 * batch means (Law & Kelton, Simulation Modeling and Analysis, ch. 9; Schmeiser 1982): contiguous blocks, one median
 * each, as few as it takes for the medians not to be correlated. No more than 32: beyond 30 blocks the interval hardly
 * narrows, while every block that is kept long guards against correlation that the test below cannot see.
 */
export const maxBlocks = 32
/** The interval is then the whole range of the medians, which covers the median with 99 %. */
export const minBlocks = 8

/** The medians of `count` contiguous blocks whose lengths differ by one at most. Needs count ≤ samples. */
export function blockMediansOf(samples: ArrayLike<number>, count: number): Float64Array {
  const all = Float64Array.from(samples)
  const edge = (i: number): number => Math.floor((i * all.length) / count)
  return Float64Array.from({ length: count }, (_, i) => median(all.subarray(edge(i), edge(i + 1))))
}

/**
 * Medians of contiguous blocks: 32 (or as many as there are samples), fewer while neighbouring medians are positively
 * correlated, but at least 8 (or all samples).
 */
export function independentBlockMedians(samples: ArrayLike<number>): Float64Array {
  let count = Math.min(samples.length, maxBlocks)
  for (;;) {
    const medians = blockMediansOf(samples, count)
    if (count <= minBlocks || lagOneCorrelation(medians) <= correlationLimit(count)) return medians
    count = Math.max(minBlocks, Math.floor(count * 0.75))
  }
}

/** Of neighbours, −1..1; 0 where all values are equal. */
export function lagOneCorrelation(values: ArrayLike<number>): number {
  const centre = mean(values)
  let variance = 0
  let covariance = 0
  for (let i = 0; i < values.length; i++) {
    variance += (values[i]! - centre) ** 2
    if (i > 0) covariance += (values[i]! - centre) * (values[i - 1]! - centre)
  }
  return variance === 0 ? 0 : covariance / variance
}

/**
 * Above this, `count` independent values would be in 1 of 10 cases (one-sided, normal approximation with mean −1/count):
 * a strict limit, because overlooking correlation costs more than a few blocks do.
 */
const correlationLimit = (count: number): number => 1.28 / Math.sqrt(count) - 1 / count
