import { intervalsOverlap } from '../measurement/verdict.ts'
import { paretoFront } from './pareto.ts'
import type { Objective, QuantityName, Values } from './quantities.ts'
import { quantities } from './quantities.ts'
import type { Limit, Term } from './query.ts'
import { describeTerm } from './query.ts'

/**
 * Constrained selection (frameworks.md §4.6), the online stage of all pruning frameworks: the models are there, nothing
 * is trained; a link, a device and limits pick one. Pure, so that the window's sliders, the terminal, the report and a
 * running inference decide alike.
 */
export interface Selectable {
  /** Null: not known. Such a candidate fits no limit on it, and is not picked by it. */
  values: Values
  /** 95 % intervals, where a quantity has one. */
  intervals: Readonly<Partial<Record<QuantityName, readonly [number, number]>>>
  framework: string
  point: string
  /** Place of its point in the network. */
  order: number
}

export interface Exclusion {
  /** Null: what is asked for as the best is not known of them. */
  term: Term | null
  text: string
  /** How many candidates it rules out on its own. */
  count: number
}

export interface Selection<T> {
  chosen: T | null
  /** The best of the others that are allowed. */
  next: T | null
  /** Those that fit all terms, best first. */
  allowed: T[]
  excluded: Exclusion[]
  of: number
}

/** Better ones of equals, in this order, have less of these. */
const tieBreakers = ['latency', 'payload', 'macs'] as const

interface Criterion {
  name: QuantityName
  /** 1: less is better. */
  sign: 1 | -1
}

const criteriaOf = (objective: Objective): Criterion[] =>
  [objective, ...tieBreakers].map((name) => ({ name, sign: quantities[name].better === 'low' ? 1 : -1 }))

/** Below 0: a is the better one. Unknown values come last. */
export const better = (objective: Objective, a: Values, b: Values): number => compared(criteriaOf(objective), a, b)

function compared(criteria: readonly Criterion[], a: Values, b: Values): number {
  for (const { name, sign } of criteria) {
    const [x, y] = [a[name], b[name]]
    if (x === y) continue
    if (x === null) return 1
    return y === null ? -1 : sign * (x - y)
  }
  return 0
}

/** Whether a candidate fits one term. `orderOf`: the place of a point in the network. */
export function fits(term: Term, one: Selectable, orderOf: (point: string) => number): boolean {
  if (term.kind === 'limit') return within(term, one.values[term.quantity])
  if (term.op === '<=') return one.order <= orderOf(term.names[0]!)
  if (term.op === '>=') return one.order >= orderOf(term.names[0]!)
  const named = term.names.includes(term.kind === 'cut' ? one.point : one.framework)
  return named === (term.op === '=')
}

export function within({ op, value: limit }: Limit, value: number | null): boolean {
  if (value === null) return false
  if (op === '<=') return value <= limit
  if (op === '<') return value < limit
  return op === '>=' ? value >= limit : value > limit
}

/** Picks the best of those that fit all terms. Sorting is stable: of equals the first in the list wins. */
export function select<T extends Selectable>(
  candidates: readonly T[],
  terms: readonly Term[],
  objective: Objective,
): Selection<T> {
  const orderOf = orders(candidates)
  const allowed: T[] = []
  const missed = terms.map(() => 0)
  let unknowns = 0
  // One look at each of thousands: this follows a slider.
  for (const one of candidates) {
    let fit = one.values[objective] !== null
    if (!fit) unknowns++
    for (const [index, term] of terms.entries()) {
      if (fits(term, one, orderOf)) continue
      missed[index]!++
      fit = false
    }
    if (fit) allowed.push(one)
  }
  const criteria = criteriaOf(objective)
  allowed.sort((a, b) => compared(criteria, a.values, b.values))
  const unknown: Exclusion = {
    term: null,
    text: objective === 'latency' ? 'has measured or modelled times' : `${quantities[objective].title} is known`,
    count: unknowns,
  }
  const excluded = terms.map((term, index) => ({ term, text: describeTerm(term), count: missed[index]! }))
  return {
    chosen: allowed[0] ?? null,
    next: allowed[1] ?? null,
    allowed,
    excluded: [unknown, ...excluded].filter(({ count }) => count > 0),
    of: candidates.length,
  }
}

/** Places of points in the network, as the candidates know them. */
export function orders(candidates: readonly Selectable[]): (point: string) => number {
  const places = new Map(candidates.map(({ point, order }) => [point, order]))
  return (point) => places.get(point) ?? -1
}

/**
 * The allowed ones that the objective's 95 % intervals do not tell from the chosen one. Empty where the objective has no
 * intervals (payload, MACs: they are counted).
 */
export function alike<T extends Selectable>({ chosen, allowed }: Selection<T>, objective: Objective): T[] {
  const own = chosen?.intervals[objective]
  if (!own) return []
  return allowed.filter((one) => {
    const other = one.intervals[objective]
    return one !== chosen && other !== undefined && intervalsOverlap(own, other)
  })
}

/** Limits that the candidate fits, but that its 95 % interval reaches beyond. */
export const unsure = (one: Selectable, terms: readonly Term[]): Limit[] =>
  terms.filter((term): term is Limit => {
    if (term.kind !== 'limit') return false
    const interval = one.intervals[term.quantity]
    return interval?.some((bound) => !within(term, bound)) ?? false
  })

/** The candidates of the allowed ones that no other allowed one beats in any of the objectives (frameworks.md §4.6 d). */
export const frontOf = <T extends Selectable>(candidates: readonly T[], objectives: readonly QuantityName[]): T[] =>
  paretoFront(
    candidates,
    objectives.map((name) => ({
      value: ({ values }: T) => values[name],
      better: quantities[name].better,
    })),
  )
