import { radioMj } from '../latency/energy.ts'
import type { Placed } from './placed.ts'
import type { Objective } from './quantities.ts'
import type { Term } from './query.ts'
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
  const moving = terms.filter((term) => term.kind === 'limit' && ['latency', 'energy'].includes(term.quantity))
  const still = terms.filter((term) => !moving.includes(term))
  const allowed = placed
    .filter((one) => still.every((term) => fits(term, one, orderOf)))
    .map((one) => ({ one, values: { ...one.values } }))
  return rates.map((rateMbps) => {
    let best: (typeof allowed)[number] | null = null
    for (const entry of allowed) {
      const { one, values } = entry
      const { bytes, fixedMs, computeMj } = one.byRate
      // Written over at every rate: a hundred rates of thousands of candidates leave no garbage in a frame.
      values.latency = fixedMs === null ? null : fixedMs + (8 * bytes) / (rateMbps * 1000)
      values.energy = computeMj === null ? null : computeMj + (radioMj(bytes, { name: radio, rateMbps }) ?? 0)
      if (values[objective] === null) continue
      if (!moving.every((term) => term.kind === 'limit' && within(term, values[term.quantity]))) continue
      if (!best || better(objective, values, best.values) < 0) best = entry
    }
    return { rateMbps, chosen: best?.one ?? null, latencyMs: best?.values.latency ?? null }
  })
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
