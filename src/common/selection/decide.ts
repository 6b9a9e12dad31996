import type { Assumptions } from '../latency/assumptions.ts'
import { explain } from './explain.ts'
import type { Infeasible } from './infeasible.ts'
import { whyNot } from './infeasible.ts'
import type { Placed, Placing } from './placed.ts'
import { place } from './placed.ts'
import type { Objective } from './quantities.ts'
import type { Term } from './query.ts'
import type { Selection } from './select.ts'
import { select } from './select.ts'

/** What is wanted of a candidate. */
export interface Wish {
  terms: readonly Term[]
  objective: Objective
  assumptions: Assumptions
  /** The link whose radio model counts in energies; the comparison's own unless said. */
  radio?: string | undefined
}

export interface Decision {
  placed: Placed[]
  selection: Selection<Placed>
  infeasible: Infeasible<Placed> | null
  /** Sentences; the first one is the answer. */
  explanation: string[]
}

/** Constraints to one candidate, with the reason. Nothing is measured or trained; the same code in every door. */
export function decide(base: Placing, { terms, objective, assumptions, radio }: Wish): Decision {
  const placed = place(base, assumptions, radio)
  const selection = select(placed, terms, objective)
  const infeasible = whyNot(placed, terms, objective, selection)
  return { placed, selection, infeasible, explanation: explain(selection, infeasible, terms, objective) }
}
