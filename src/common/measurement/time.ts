import type { Time } from '../contract/result.ts'
import { minBlocks } from './blocks.ts'
import { blockInterval, medianInterval } from './interval.ts'
import { median, p95 } from './statistics.ts'

/** Sums up durations in ms, in the order they were taken (the interval needs it); at least one. */
export const toTime = (samples: ArrayLike<number>, source: Time['source']): Time => ({
  median: median(samples),
  p95: p95(samples),
  ci95: medianInterval(samples),
  n: samples.length,
  source,
})

/** The median of every round that has samples. */
export const roundMedians = (rounds: readonly ArrayLike<number>[]): number[] =>
  rounds.filter(({ length }) => length > 0).map((round) => median(round))

/**
 * Sums up durations in ms that were taken in rounds, with other work in between. The rounds are then the blocks of the
 * interval, where there are enough of them: what changes from one to the next is what it has to tell.
 */
export function toTimeOfRounds(rounds: readonly ArrayLike<number>[], source: Time['source']): Time {
  const all = Float64Array.from(rounds.flatMap((round) => Array.from(round)))
  const time = toTime(all, source)
  const medians = roundMedians(rounds)
  return medians.length < minBlocks ? time : { ...time, ci95: blockInterval(medians, time.median) }
}
