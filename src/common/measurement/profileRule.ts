import type { TimingRule } from './timingLoop.ts'

/** Seconds that timing may take in all where the user does not say how long. */
const budgetS = 22
const bounds = { least: 0.2, most: 1.5 } as const
/** Runs of one side: ten give an interval over ten rounds; a slow network has to do with five. */
const runs = { usual: 10, slow: 5 } as const

/**
 * How long heads and tails of a profile are timed: some twenty seconds, shared among all of them. `wholeMs`: one
 * inference of the whole on this computer; a head or a tail takes half of it on average.
 */
export function profileRule(sides: number, wholeMs: number): TimingRule {
  const seconds = Math.min(bounds.most, Math.max(bounds.least, budgetS / Math.max(1, sides)))
  const workS = (sides * runs.usual * wholeMs) / 2 / 1000
  return {
    seconds: Number(seconds.toPrecision(2)),
    minIterations: workS > 3 * budgetS ? runs.slow : runs.usual,
  }
}

/** Where the user says the seconds. */
export const givenRule = (seconds: number): TimingRule => ({ seconds, minIterations: runs.usual })
