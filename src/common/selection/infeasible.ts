import type { Objective, QuantityName } from './quantities.ts'
import { quantities, quantityNames } from './quantities.ts'
import type { Limit, Term } from './query.ts'
import type { Selectable, Selection } from './select.ts'
import { better, fits, orders, within } from './select.ts'

export interface Loosening<T> {
  /** The one term to change. */
  term: Term
  /** What to put in its place; null: to take it away (a term that names cuts or frameworks). */
  to: Limit | null
  /** The first candidate that this lets in. */
  gives: T
}

export interface Miss<T> {
  candidate: T
  /** The terms that it breaks, with its value where it is a limit. */
  broken: { term: Term; value: number | null }[]
}

/** Why nothing fits. */
export interface Infeasible<T> {
  /** Terms that rule out every candidate on their own. */
  alone: Term[]
  /** Breaks the fewest terms, and among those by the least (in units of how far the candidates lie apart). */
  nearest: Miss<T> | null
  /** For every term whose change alone gives a candidate, the smallest such change. */
  loosen: Loosening<T>[]
}

/** Explains an empty selection; null where something was chosen. */
export function whyNot<T extends Selectable>(
  candidates: readonly T[],
  terms: readonly Term[],
  objective: Objective,
  selection: Selection<T>,
): Infeasible<T> | null {
  if (selection.chosen) return null
  const usable = candidates.filter(({ values }) => values[objective] !== null)
  const orderOf = orders(candidates)
  return {
    alone: selection.excluded.flatMap(({ term, count }) => (term && count === selection.of ? [term] : [])),
    nearest: nearestMiss(usable, terms, orderOf),
    loosen: terms.flatMap((term) => {
      const others = usable.filter((one) => terms.every((other) => other === term || fits(other, one, orderOf)))
      return loosened(term, others, objective) ?? []
    }),
  }
}

function loosened<T extends Selectable>(term: Term, others: readonly T[], objective: Objective): Loosening<T> | null {
  if (term.kind !== 'limit') {
    const [first] = [...others].sort((a, b) => better(objective, a.values, b.values))
    return first ? { term, to: null, gives: first } : null
  }
  const { quantity } = term
  const upper = isUpper(term)
  const known = others.filter(({ values }) => values[quantity] !== null)
  // The least that has to be given, and of those that need the same the best.
  const [first] = known.sort(
    (a, b) => (a.values[quantity]! - b.values[quantity]!) * (upper ? 1 : -1) || better(objective, a.values, b.values),
  )
  if (!first) return null
  const value = roundedLoose(first.values[quantity]!, upper, quantities[quantity].shown.factor)
  return { term, to: { kind: 'limit', quantity, op: upper ? '<=' : '>=', value }, gives: first }
}

const isUpper = ({ op }: Limit): boolean => op === '<=' || op === '<'

/** Three significant digits of the shown unit, never on the wrong side of the value. */
export function roundedLoose(value: number, upper: boolean, unit: number): number {
  const shown = value / unit
  if (shown === 0) return 0
  const step = 10 ** (Math.floor(Math.log10(Math.abs(shown))) - 2)
  const rounded = (upper ? Math.ceil(shown / step - 1e-9) : Math.floor(shown / step + 1e-9)) * step
  const result = Number((rounded * unit).toPrecision(12))
  const holds = upper ? result >= value : result <= value
  return holds ? result : Number(((rounded + (upper ? step : -step)) * unit).toPrecision(12))
}

function nearestMiss<T extends Selectable>(
  candidates: readonly T[],
  terms: readonly Term[],
  orderOf: (point: string) => number,
): Miss<T> | null {
  const ranges = new Map(quantityNames.map((name) => [name, rangeOf(candidates, name)]))
  let nearest: Miss<T> | null = null
  let least: [count: number, distance: number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const candidate of candidates) {
    const broken = terms
      .filter((term) => !fits(term, candidate, orderOf))
      .map((term) => ({ term, value: term.kind === 'limit' ? candidate.values[term.quantity] : null }))
    const distance = broken.reduce((sum, { term, value }) => sum + distanceOf(term, value, ranges), 0)
    if (broken.length < least[0] || (broken.length === least[0] && distance < least[1])) {
      least = [broken.length, distance]
      nearest = { candidate, broken }
    }
  }
  return nearest
}

/** A term that cannot be broken by degrees counts as much as one that is missed by the whole range. */
function distanceOf(term: Term, value: number | null, ranges: ReadonlyMap<QuantityName, number>): number {
  if (term.kind !== 'limit' || value === null) return 1
  return within(term, value) ? 0 : Math.abs(value - term.value) / (ranges.get(term.quantity) || 1)
}

function rangeOf(candidates: readonly Selectable[], name: QuantityName): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { values } of candidates) {
    const value = values[name]
    if (value === null) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return high > low ? high - low : 0
}
