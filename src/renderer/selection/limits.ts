import type { Placed } from '#common/selection/placed.ts'
import type { QuantityName } from '#common/selection/quantities.ts'
import { quantities } from '#common/selection/quantities.ts'
import type { Limit, Term } from '#common/selection/query.ts'
import { within } from '#common/selection/select.ts'

/** Quantities that have a slider, in its order. */
export const sliderNames = ['latency', 'accuracy', 'loss', 'macs', 'head', 'payload', 'energy'] as const

/** A slider for the limit of one quantity. At its loose end nothing is excluded, and there is no limit. */
export interface LimitScale {
  quantity: QuantityName
  /** Positions: log10 of the value, or the value itself. */
  min: number
  max: number
  step: number
  log: boolean
  op: '<=' | '>='
}

/** How far a link's rate moves a latency beyond the shown one: sliders keep their ends while another one moves. */
const latencyReach = 100

/**
 * The scale that holds all values of a quantity; null where there are none, or all are one. Fractions are linear in
 * steps of 0.1 %, everything else goes over decades.
 */
export function limitScale(placed: readonly Placed[], quantity: QuantityName): LimitScale | null {
  const known = placed.flatMap(({ values }) => values[quantity] ?? [])
  const log = !quantities[quantity].fraction
  const usable = log ? known.filter((value) => value > 0) : known
  const [low, high] = [Math.min(...usable), Math.max(...usable)]
  if (!(high > low)) return null
  const op = quantities[quantity].better === 'low' ? '<=' : '>='
  if (!log) {
    const step = 0.001
    return { quantity, min: Math.floor(low / step) * step, max: Math.ceil(high / step) * step, step, log, op }
  }
  const reach = quantity === 'latency' ? Math.log10(latencyReach) : 0
  const hundredths = (value: number, round: (value: number) => number): number => round(value * 100) / 100
  return {
    quantity,
    min: hundredths(Math.log10(low) - reach / 4, Math.floor),
    max: hundredths(Math.log10(high) + reach, Math.ceil),
    step: 0.01,
    log,
    op,
  }
}

const isLoose = ({ min, max, op, step }: LimitScale, position: number): boolean =>
  op === '<=' ? position > max - step / 2 : position < min + step / 2

/** The limit at a position; null at the loose end. Three significant digits: what is shown is what decides. */
export function limitAt(scale: LimitScale, position: number): Limit | null {
  if (isLoose(scale, position)) return null
  const value = scale.log ? Number((10 ** position).toPrecision(3)) : Number(position.toFixed(3))
  return { kind: 'limit', quantity: scale.quantity, op: scale.op, value }
}

/** Where the slider stands for the tightest of the limits in its direction. */
export function positionOf(scale: LimitScale, terms: readonly Term[]): number {
  const { min, max, log, op } = scale
  const limit = tightest(scale, terms)
  if (!limit) return op === '<=' ? max : min
  const position = log ? (limit.value > 0 ? Math.log10(limit.value) : min) : limit.value
  return Math.min(max, Math.max(min, position))
}

export function tightest({ quantity, op }: Pick<LimitScale, 'quantity' | 'op'>, terms: readonly Term[]): Limit | null {
  const own = terms.filter((term): term is Limit => isOwn(term, quantity, op))
  return own.reduce<Limit | null>((a, b) => (a && within(b, a.value) ? a : b), null)
}

const isOwn = (term: Term, quantity: QuantityName, op: LimitScale['op']): boolean =>
  term.kind === 'limit' && term.quantity === quantity && term.op.startsWith(op[0]!)

/** The terms with the limits of one slider replaced, in the place of the first of them. */
export function withLimit(terms: readonly Term[], { quantity, op }: LimitScale, limit: Limit | null): Term[] {
  const at = terms.findIndex((term) => isOwn(term, quantity, op))
  const others = terms.filter((term) => !isOwn(term, quantity, op))
  const place = at < 0 ? others.length : at
  return [...others.slice(0, place), ...(limit ? [limit] : []), ...others.slice(place)]
}
