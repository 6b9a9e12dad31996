/**
 * Constrained selection (frameworks.md §4.6), the online stage of all pruning frameworks: the models are there, nothing
 * is trained; a link and limits pick one. Pure, so that the what-if sliders and the report decide alike.
 */
export interface Selectable {
  /** End to end, ms; null where a part was not timed: such a candidate cannot be picked by latency. */
  latencyMs: number | null
  /** Against the unpruned baseline, a fraction: of validation images where a decision is made. */
  loss: number
  accuracy: number
  headMacs: number
  payloadBits: number
}

export interface Selection<T> {
  chosen: T | null
  /** The best of the others that are allowed. */
  next: T | null
  /** How many candidates each limit rules out on its own; the limit in words. */
  excluded: { limit: string; count: number }[]
  allowed: number
  of: number
}

type Limit<T> = [limit: string, holds: (candidate: T) => boolean]

/** Mode a: the fastest candidate whose loss is at most `maxLoss`. */
export const selectFastest = <T extends Selectable>(candidates: readonly T[], maxLoss: number): Selection<T> =>
  select(candidates, [timed(), lossWithin(maxLoss)], (a, b) => a.latencyMs! - b.latencyMs!)

/** Mode b: the most accurate candidate that takes at most `maxMs`. */
export const selectMostAccurate = <T extends Selectable>(candidates: readonly T[], maxMs: number): Selection<T> =>
  select(
    candidates,
    [timed(), [`latency ≤ ${maxMs} ms`, ({ latencyMs }) => latencyMs === null || latencyMs <= maxMs]],
    (a, b) => b.accuracy - a.accuracy || a.latencyMs! - b.latencyMs!,
  )

/** Mode c: the least work on the device with a loss of at most `maxLoss` and a payload of at most `maxBits`. */
export const selectLightest = <T extends Selectable>(
  candidates: readonly T[],
  maxLoss: number,
  maxBits: number,
): Selection<T> =>
  select(
    candidates,
    [lossWithin(maxLoss), [`payload ≤ ${maxBits} bit`, ({ payloadBits }) => payloadBits <= maxBits]],
    (a, b) => a.headMacs - b.headMacs || a.payloadBits - b.payloadBits,
  )

const timed = (): Limit<Selectable> => ['has measured or modelled times', ({ latencyMs }) => latencyMs !== null]

const lossWithin = (maxLoss: number): Limit<Selectable> => [
  `loss ≤ ${Number((maxLoss * 100).toFixed(2))} points`,
  ({ loss }) => loss <= maxLoss,
]

/** Sorting is stable: of equals the first in the list wins. */
function select<T extends Selectable>(
  candidates: readonly T[],
  limits: readonly Limit<T>[],
  better: (a: T, b: T) => number,
): Selection<T> {
  const ranked = candidates.filter((candidate) => limits.every(([, holds]) => holds(candidate))).sort(better)
  return {
    chosen: ranked[0] ?? null,
    next: ranked[1] ?? null,
    excluded: limits
      .map(([limit, holds]) => ({ limit, count: candidates.filter((candidate) => !holds(candidate)).length }))
      .filter(({ count }) => count > 0),
    allowed: ranked.length,
    of: candidates.length,
  }
}

/**
 * Mode d: the candidates that no other one beats, i.e. is at least as good in latency, accuracy and device MACs and
 * better in one of them. In the given order; equals stay together. Untimed candidates do not take part.
 */
export function paretoFront<T extends Selectable>(candidates: readonly T[]): T[] {
  const timedOnes = candidates.filter(({ latencyMs }) => latencyMs !== null)
  const beats = (a: T, b: T): boolean =>
    a.latencyMs! <= b.latencyMs! &&
    a.accuracy >= b.accuracy &&
    a.headMacs <= b.headMacs &&
    (a.latencyMs! < b.latencyMs! || a.accuracy > b.accuracy || a.headMacs < b.headMacs)
  return timedOnes.filter((candidate) => !timedOnes.some((other) => beats(other, candidate)))
}
