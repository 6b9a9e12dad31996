import type { TimingRule } from './timingLoop.ts'

/** Seconds that the measured runs may take in all where the user does not say how long. */
const budgetS = 22
const bounds = { least: 0.2, most: 1.5 } as const
/** Runs of one side: ten where there is time; fewer than six rounds give no 95 % interval (interval.ts). */
const runs = { most: 10, least: 6 } as const
/** What the fewest runs of long sides may take of the budget; the rest is for more runs of the short ones. */
const shareOfRuns = 0.9

/**
 * How long heads and tails of a profile are timed: some twenty seconds, shared among all of them. `wholeMs`: one
 * inference of the whole on this computer. Cuts lie all over it, so a side takes anything between 0 and `wholeMs`, half of
 * it on average; r runs of it, but s milliseconds at least, take r·w/2 + s²/(2·r·w) on average.
 */
export function profileRule(sides: number, wholeMs: number): TimingRule {
  const share = (1000 * budgetS) / Math.max(1, sides)
  const affordable = Math.floor((shareOfRuns * share) / (wholeMs / 2))
  const minIterations = Math.min(runs.most, Math.max(runs.least, affordable))
  const longest = minIterations * wholeMs
  const left = share - longest / 2
  const ms = left <= 0 ? 0 : share >= longest ? share : Math.sqrt(2 * longest * left)
  const seconds = Math.min(bounds.most, Math.max(bounds.least, ms / 1000))
  return { seconds: Number(seconds.toPrecision(2)), minIterations }
}

/** Where the user says the seconds. */
export const givenRule = (seconds: number): TimingRule => ({ seconds, minIterations: runs.most })
