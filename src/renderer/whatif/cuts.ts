import type { CandidateSeries } from '#common/charts/series.ts'
import { chartSeries, pointOrder, withinSeries } from '#common/charts/series.ts'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import type { Assumptions } from '#common/latency/assumptions.ts'
import { assume, deviceFactor, gammaPossible } from '#common/latency/assumptions.ts'

/** One cut under the assumptions, in ms; null where a time that it needs was not taken. */
export interface WhatIfCut {
  candidate: Candidate
  /** Index of its partition point among those of the comparison. */
  place: number
  deviceMs: number | null
  transmissionMs: number
  serverMs: number | null
  totalMs: number | null
  ci95: [number, number] | null
}

export interface WhatIfSeries {
  key: string
  label: string
  slot: number
  /** One per partition point: of several the fastest within the accuracy bound, or without one the fastest. */
  cuts: WhatIfCut[]
  /** The fastest cut within the comparison's accuracy bound (of validation images). */
  best: WhatIfCut | null
  /** What that is of its series, where a series has several steps or forms. */
  bestDetail: string | null
}

/** What sliders do not change: which cuts there are, in which order, and which are within the accuracy bound. */
export interface WhatIfBase {
  /** Those that anything is cut at. */
  points: string[]
  series: readonly CandidateSeries[]
  /** Of every candidate of a series, likewise. */
  places: readonly (readonly number[])[]
  within: ReadonlySet<string>
  /** Whether device times can be turned into the server machine's: only then γ means something. */
  gammaPossible: boolean
  takenGamma: number | null
}

export function whatIfBase(comparison: Comparison): WhatIfBase {
  const { baseline, maxLoss, gamma } = comparison
  const cut = new Set(comparison.candidates.map(({ partitionPoint }) => partitionPoint))
  const points = pointOrder(comparison).filter((point) => cut.has(point))
  const series = chartSeries(comparison)
  const placeOf = new Map(points.map((point, index) => [point, index]))
  return {
    points,
    series,
    places: series.map(({ candidates }) => candidates.map(({ partitionPoint }) => placeOf.get(partitionPoint)!)),
    within: new Set(
      comparison.candidates
        .filter(({ validationAccuracy }) => baseline.validationAccuracy - validationAccuracy <= maxLoss)
        .map(({ id }) => id),
    ),
    gammaPossible: gammaPossible(comparison),
    takenGamma: gamma,
  }
}

/** Every cut under the assumptions, with the latency model of the report. Pure and without a round trip. */
export function whatIf(base: WhatIfBase, assumptions: Assumptions): WhatIfSeries[] {
  const factor = deviceFactor(assumptions, base.takenGamma)
  return base.series.map((series, index) => {
    const { key, label, slot, candidates } = series
    const places = base.places[index]!
    const byPlace = new Map<number, WhatIfCut>()
    for (const [at, candidate] of candidates.entries()) {
      const cut = cutOf(candidate, places[at]!, assumptions, factor)
      const there = byPlace.get(cut.place)
      if (!there || isBetter(cut, there, base.within)) byPlace.set(cut.place, cut)
    }
    const cuts = [...byPlace.values()]
    let best: WhatIfCut | null = null
    for (const cut of cuts) {
      if (cut.totalMs === null || !base.within.has(cut.candidate.id)) continue
      if (!best || cut.totalMs < best.totalMs!) best = cut
    }
    return { key, label, slot, cuts, best, bestDetail: best && withinSeries(best.candidate, series) }
  })
}

/** Within the accuracy bound before beyond it, then the faster one; what was not timed last. */
function isBetter(one: WhatIfCut, other: WhatIfCut, within: ReadonlySet<string>): boolean {
  const [inside, otherInside] = [within.has(one.candidate.id), within.has(other.candidate.id)]
  if (inside !== otherInside) return inside
  return (one.totalMs ?? Number.POSITIVE_INFINITY) < (other.totalMs ?? Number.POSITIVE_INFINITY)
}

function cutOf(candidate: Candidate, place: number, assumptions: Assumptions, factor: number): WhatIfCut {
  const { device, transmissionMs, server, endToEnd } = assume(candidate, assumptions, factor)
  return {
    candidate,
    place,
    deviceMs: device?.median ?? null,
    transmissionMs,
    serverMs: server?.median ?? null,
    totalMs: endToEnd?.composedMs ?? null,
    ci95: endToEnd?.ci95 ?? null,
  }
}
