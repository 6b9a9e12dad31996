import type { Candidate, Comparison } from '../contract/result.ts'
import { parseLink } from '../latency/links.ts'
import { place, placing } from '../selection/placed.ts'

/** What a paper says of how things stand to each other: orders and ratios, never its milliseconds (frameworks.md §16, 8). */
export interface Ordering {
  framework: string
  /** Of frameworks.md, where the claim is written down. */
  section: string
  /** Frameworks without whose candidates nothing can be told. */
  needs: readonly string[]
  claim: string
  /** What was published, with the tag of where it was read: [S] seed document, [R] code or abstract, [C] computed from these. */
  published: string
  /** Null: the comparison holds nothing that could tell. */
  observe(comparison: Comparison): Observation | null
}

export interface Observation {
  holds: boolean
  /** What was found, with numbers. */
  observed: string
}

export interface ChecklistRow extends Omit<Ordering, 'observe' | 'needs'> {
  observed: string | null
  /** Null: not judged. */
  holds: boolean | null
  /** Why it was not judged; null where it was. */
  reason: string | null
}

/** A candidate over one link, in ms; validation loss as a fraction. */
export interface Judged {
  candidate: Candidate
  ms: number
  /** 95 % of `ms`. */
  ci95: readonly [number, number]
  loss: number
}

/** Those of a framework that were timed, over a link by its name, within a loss on validation images; the fastest first. */
export function judged(
  comparison: Comparison,
  framework: string,
  { link = '1mbps', maxLoss = comparison.maxLoss }: { link?: string; maxLoss?: number } = {},
): Judged[] {
  const { rateMbps, rttMs } = parseLink(link)
  const candidates = comparison.candidates.filter((one) => one.framework === framework)
  const assumptions = { link: { rateMbps, rttMs }, gamma: comparison.gamma, serverLoad: 1 }
  return place(placing({ ...comparison, candidates }, true), assumptions)
    .flatMap(({ candidate, values: { latency, loss }, endToEnd }) =>
      latency !== null && loss !== null && loss <= maxLoss
        ? [{ candidate, ms: latency, ci95: endToEnd?.ci95 ?? ([latency, latency] as const), loss }]
        : [],
    )
    .sort((a, b) => a.ms - b.ms)
}

/** The fastest of each framework within the bound; null where one of them has none. */
export function fastestOf(comparison: Comparison, frameworks: readonly string[], link?: string): Judged[] | null {
  const found = frameworks.map((name) => judged(comparison, name, link === undefined ? {} : { link })[0])
  return found.every((one) => one !== undefined) ? found : null
}

/** Whether numbers rise strictly. */
export const rises = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value > values[index - 1]!)
