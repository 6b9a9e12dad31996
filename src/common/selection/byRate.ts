import { radioMj } from '../latency/energy.ts'
import { firstsOfFront } from './pareto.ts'
import type { Placed } from './placed.ts'
import type { Objective, QuantityName, Values } from './quantities.ts'
import { quantities } from './quantities.ts'
import type { Limit, Term } from './query.ts'
import { better, fits, orders, within } from './select.ts'

/** A span of link rates over which the choice stays the same. */
export interface RateSpan {
  fromMbps: number
  toMbps: number
  /** Null: nothing fits there. */
  chosen: Placed | null
}

export interface RateChoice {
  rateMbps: number
  chosen: Placed | null
  /** Of the choice at that rate, in ms. */
  latencyMs: number | null
}

/** Rates on a log scale, both ends included. */
export const logRates = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from * (to / from) ** (index / (count - 1)))

/**
 * What is chosen at each of these rates with everything else as it is: re-selection without a new measurement. `placed`
 * may stand for any rate; `radio` as for `place`.
 */
export function choiceByRate(
  placed: readonly Placed[],
  terms: readonly Term[],
  objective: Objective,
  rates: readonly number[],
  radio: string,
): RateChoice[] {
  const orderOf = orders(placed)
  const limits = terms.filter((term): term is Limit => term.kind === 'limit' && isLinks(term.quantity))
  const still = terms.filter((term) => !(term.kind === 'limit' && isLinks(term.quantity)))
  const sign = quantities[objective].better === 'low' ? 1 : -1
  const withEnergy = objective === 'energy' || limits.some(({ quantity }) => quantity === 'energy')
  const fitting = placed.filter((one) => still.every((term) => fits(term, one, orderOf)))
  const plain = !withEnergy && limits.every(({ op }) => op.startsWith('<'))
  const allowed = (plain ? everBest(fitting, objective) : fitting).map((one) => ({ one, values: { ...one.values } }))
  return rates.map((rateMbps) => {
    let best: (typeof allowed)[number] | null = null
    let least = Number.POSITIVE_INFINITY
    const msPerByte = 8 / (rateMbps * 1000)
    // A hundred rates of thousands of candidates in a frame: values are written over, and ties alone are looked into.
    for (const entry of allowed) {
      const { values } = entry
      const { bytes, fixedMs, computeMj } = entry.one.byRate
      values.latency = fixedMs === null ? null : fixedMs + bytes * msPerByte
      if (withEnergy) {
        values.energy = computeMj === null ? null : computeMj + (radioMj(bytes, { name: radio, rateMbps }) ?? 0)
      }
      const value = values[objective]
      if (value === null || value * sign > least) continue
      if (!keeps(limits, values)) continue
      if (best && value * sign === least && better(objective, values, best.values) >= 0) continue
      best = entry
      least = value * sign
    }
    return { rateMbps, chosen: best?.one ?? null, latencyMs: best?.values.latency ?? null }
  })
}

/**
 * Those that may be chosen at some rate while latency has upper limits alone: what another one beats in everything but
 * the rate is slower than that at every rate.
 */
const everBest = (placed: readonly Placed[], objective: Objective): Placed[] =>
  firstsOfFront(placed, [
    { value: ({ byRate }) => byRate.fixedMs ?? Number.POSITIVE_INFINITY, better: 'low' },
    { value: ({ byRate }) => byRate.bytes, better: 'low' },
    { value: ({ values }) => values.macs, better: 'low' },
    ...(isLinks(objective)
      ? []
      : [{ value: ({ values }: Placed) => values[objective], better: quantities[objective].better }]),
  ])

/** Whether a quantity changes with the rate. */
const isLinks = (name: QuantityName): boolean => name === 'latency' || name === 'energy'

function keeps(limits: readonly Limit[], values: Values): boolean {
  for (const limit of limits) if (!within(limit, values[limit.quantity])) return false
  return true
}

/** Neighbouring rates of one choice put together; a span ends half way (on the log scale) to the next choice. */
export function spans(choices: readonly RateChoice[]): RateSpan[] {
  const result: RateSpan[] = []
  for (const { rateMbps, chosen } of choices) {
    const last = result.at(-1)
    if (last && last.chosen === chosen) last.toMbps = rateMbps
    else {
      const border = last ? Math.sqrt(last.toMbps * rateMbps) : rateMbps
      if (last) last.toMbps = border
      result.push({ fromMbps: border, toMbps: rateMbps, chosen })
    }
  }
  return result
}
