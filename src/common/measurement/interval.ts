import { independentBlockMedians } from './blocks.ts'
import { median, sorted } from './statistics.ts'

export type Interval = [lo: number, hi: number]

/**
 * 95 % confidence interval of the median: order statistics over the medians of independent blocks (blocks.ts). It
 * assumes no distribution (Le Boudec, Performance Evaluation of Computer and Communication Systems, theorem 2.1;
 * Hahn & Meeker 1991, §5.2). With fewer than 6 blocks no order statistics reach 95 %: the interval is then the range of
 * the samples, the widest that the data support. The median of all samples always lies inside.
 */
export function medianInterval(samples: ArrayLike<number>): Interval {
  return blockInterval(independentBlockMedians(samples), median(samples))
}

/** The same from the medians of blocks that are independent already; `centre`: the median of all samples. */
export function blockInterval(medians: ArrayLike<number>, centre: number): Interval {
  const blocks = sorted(medians)
  const rank = lowerRank(blocks.length)
  return [Math.min(blocks[rank - 1]!, centre), Math.max(blocks[blocks.length - rank]!, centre)]
}

/**
 * The largest rank k (from 1) such that the true median lies between the k-th smallest and the k-th largest of n
 * independent values with probability ≥ 0.95, i.e. P(Binomial(n, ½) < k) ≤ 0.025; 1 where there is none.
 */
export function lowerRank(n: number): number {
  let term = 0.5 ** n
  let below = term
  let rank = 0
  while (below <= 0.025) {
    rank++
    term *= (n - rank + 1) / rank
    below += term
  }
  return Math.max(1, rank)
}
