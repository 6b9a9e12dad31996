import type { Candidate, Comparison } from '../contract/result.ts'
import { CodedError } from '../errors.ts'
import { ownAssumptions } from '../latency/assumptions.ts'
import { choiceByRate, logRates } from './byRate.ts'
import type { Wish } from './decide.ts'
import { place, placing } from './placed.ts'

/**
 * Real symbols need a radio that sends them: over a link of bytes they would go as floats, which is not the framework's
 * transmission. So what is sent for real are candidates whose message is bytes. `symbols`: see contract/result.ts.
 */
export const sendsBytes = ({ symbols }: { symbols?: number | undefined }): boolean => symbols === undefined

/** "2 candidates send symbols of an analog channel, which no link of bytes carries: left out."; null where there are none. */
export function leftOutWords(candidates: readonly { symbols?: number | undefined }[]): string | null {
  const count = candidates.filter((one) => !sendsBytes(one)).length
  if (count === 0) return null
  return count === 1
    ? '1 candidate sends symbols of an analog channel, which no link of bytes carries: left out.'
    : `${count} candidates send symbols of an analog channel, which no link of bytes carries: left out.`
}

/** Rates that a link may come to, in Mbit/s. */
const rates = logRates(0.05, 2000, 185)

/**
 * Of all candidates whose message is bytes those that would be chosen at some rate of the link, by the stored times.
 * Throws `nothing-fits` where there are none.
 */
export function worthDeploying(comparison: Comparison, wish: Omit<Wish, 'assumptions'>): Candidate[] {
  const candidates = comparison.candidates.filter(sendsBytes)
  const placed = place(placing({ ...comparison, candidates }, true), ownAssumptions(comparison))
  const choices = choiceByRate(placed, wish.terms, wish.objective, rates, comparison.link.name)
  const ids = new Set(choices.flatMap(({ chosen }) => chosen?.candidate.id ?? []))
  if (ids.size > 0) return candidates.filter(({ id }) => ids.has(id))
  throw new CodedError(
    'nothing-fits',
    'No candidate of the run fits these limits at any rate of the link, by its stored times.',
    'Loosen --where, or name what to deploy with --points or --frameworks.',
  )
}
