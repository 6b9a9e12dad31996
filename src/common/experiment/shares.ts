import type { PlanItem } from './plan.ts'

/** Frameworks that two trainers work on at the same time. */
export interface Shares {
  /** What comes before: the baseline, on which all stand, and what trains nothing. */
  first: string[]
  /** For one trainer each. No recipe needs anything of another's. */
  apart: readonly [string[], string[]]
}

/** What trains nothing, and the search, which has splits timed and must therefore be alone. */
const together = new Set(['only-splitting', 'cloud-only', 'auto'])

/** A second process and its reading of the images have to pay: less than this, in seconds, is not worth it. */
const leastSeconds = 60

/**
 * Of the time that a phase takes alone, what it adds to a run in which another trainer works beside it. Assumed, for plans
 * and ETAs only, which correct themselves by the run's pace; `npm run bench:trainers` measures it on a computer.
 */
const besideShare = 0.62

const frameworkOf = (phase: string): string => (/^step[12](\/|$)/.test(phase) ? 'two-step' : phase)

/** Deals frameworks to two trainers by the plan's seconds, the longest first; undefined where one is as good. */
export function shareOut(frameworks: readonly string[], plan: readonly PlanItem[]): Shares | undefined {
  const seconds = new Map(frameworks.filter((name) => !together.has(name)).map((name) => [name, 0]))
  for (const item of plan) {
    const name = frameworkOf(item.phase)
    const before = seconds.get(name)
    if (before !== undefined) seconds.set(name, before + item.seconds)
  }
  const apart: [string[], string[]] = [[], []]
  const sums = [0, 0]
  for (const [name, its] of [...seconds].sort(([, one], [, other]) => other - one)) {
    const side = sums[0]! <= sums[1]! ? 0 : 1
    apart[side].push(name)
    sums[side]! += its
  }
  if (Math.min(...sums) < leastSeconds) return undefined
  return { first: frameworks.filter((name) => together.has(name) && name !== 'auto'), apart }
}

/** Which of the two trainers a phase belongs to; undefined where it belongs to neither. */
export function sideOf(phase: string, { apart }: Shares): 0 | 1 | undefined {
  const name = frameworkOf(phase)
  return apart[0].includes(name) ? 0 : apart[1].includes(name) ? 1 : undefined
}

/** The plan with what each phase takes beside the other trainer. */
export const planBeside = (plan: readonly PlanItem[], shares: Shares): PlanItem[] =>
  plan.map((item) =>
    sideOf(item.phase, shares) === undefined ? item : { ...item, seconds: item.seconds * besideShare },
  )
