import type { LinkFit } from '../latency/linkFit.ts'
import { describeMeasuredRate } from '../latency/linkFit.ts'
import { significant } from '../units.ts'
import type { Decision, Wish } from './decide.ts'
import { decide } from './decide.ts'
import type { Placed, Placing } from './placed.ts'
import { describePlaced } from './placed.ts'
import type { QuantityName } from './quantities.ts'
import { quantities } from './quantities.ts'
import type { Term } from './query.ts'
import { fits, orders } from './select.ts'

export interface Hysteresis {
  /** By what share of the present one's value another candidate has to be better. */
  margin: number
  /** For so many looks in a row. */
  looks: number
}

/** A tenth better, twice in a row: noise of a measured link does not flap, a link that really changed does not wait long. */
export const defaultHysteresis: Hysteresis = { margin: 0.1, looks: 2 }

export interface Look {
  decision: Decision
  /** What is to run until the next look; null: nothing fits and nothing ran before. */
  current: Placed | null
  /** Why it was changed at this look, or null. */
  reason: string | null
}

/**
 * Re-selection among deployed candidates while the link changes. Every look decides anew under the link as it is
 * measured; what runs is changed only where the decision has held for `looks` looks, is better by the margin (in what the
 * link changes) and keeps the limits with the margin; or at once where what runs breaks a limit and something else does not.
 * Where a link shows no more than a lower bound of its rate, that bound is the rate it decides under.
 */
export class Reselection {
  readonly #base: Placing
  readonly #wish: Omit<Wish, 'assumptions'>
  readonly #hysteresis: Hysteresis
  #current: string | null = null
  #rival: { id: string; looks: number } | null = null

  constructor(base: Placing, wish: Omit<Wish, 'assumptions'>, hysteresis: Hysteresis = defaultHysteresis) {
    this.#base = base
    this.#wish = wish
    this.#hysteresis = hysteresis
  }

  look(link: LinkFit): Look {
    const { terms, objective } = this.#wish
    const { margin } = this.#hysteresis
    const decision = decide(this.#base, { ...this.#wish, assumptions: { link, gamma: null, serverLoad: 1 } })
    const { chosen } = decision.selection
    const now = decision.placed.find(({ candidate }) => candidate.id === this.#current) ?? null
    if (!chosen || chosen === now) {
      this.#rival = null
      return { decision, current: now, reason: null }
    }
    if (!now) return this.#change(chosen, decision, `first choice ${describeRate(link)}`)
    const orderOf = orders(decision.placed)
    const broken = terms.filter((term) => !fits(term, now, orderOf))
    if (broken.length > 0) {
      const limits = broken.map((term) => (term.kind === 'limit' ? quantities[term.quantity].title : term.kind))
      return this.#change(
        chosen,
        decision,
        `${describeRate(link)} ${describePlaced(now)} breaks the limit of ${limits.join(' and ')}`,
      )
    }
    const [had, has] = [now.values[objective]!, chosen.values[objective]!]
    const gain = Math.abs(had - has) / Math.abs(had || 1)
    // What a link does not change is not noisy; what its limits leave room for is.
    if ((isLinks(objective) && gain < margin) || !hasRoom(chosen, terms, margin)) {
      this.#rival = null
      return { decision, current: now, reason: null }
    }
    const looks = this.#rival?.id === chosen.candidate.id ? this.#rival.looks + 1 : 1
    this.#rival = { id: chosen.candidate.id, looks }
    if (looks < this.#hysteresis.looks) return { decision, current: now, reason: null }
    const { format, title } = quantities[objective]
    return this.#change(
      chosen,
      decision,
      `${describeRate(link)} ${title} ${format(has)} instead of ${format(had)}, ${significant(gain * 100, 2)} % better in ${looks} looks in a row`,
    )
  }

  #change(chosen: Placed, decision: Decision, reason: string): Look {
    this.#current = chosen.candidate.id
    this.#rival = null
    return { decision, current: chosen, reason }
  }
}

/** Whether a quantity changes with the link. */
const isLinks = (name: QuantityName): boolean => name === 'latency' || name === 'energy'

/** Whether limits that depend on the link hold with the margin: one that is just kept may be broken by the next look. */
const hasRoom = ({ values }: Placed, terms: readonly Term[], margin: number): boolean =>
  terms.every(
    (term) =>
      term.kind !== 'limit' ||
      !isLinks(term.quantity) ||
      !term.op.startsWith('<') ||
      values[term.quantity]! <= term.value * (1 - margin),
  )

/** "at 5 Mbit/s and 2 ms round trip"; a reason says where a lower bound was reckoned with. */
const describeRate = (link: LinkFit): string => {
  const rate = describeMeasuredRate(link)
  const trip = link.rttMs ? ` and ${significant(link.rttMs)} ms round trip` : ''
  return link.atLeast ? `with ${rate} (all that the messages prove, so it decides)${trip}` : `at ${rate}${trip}`
}
