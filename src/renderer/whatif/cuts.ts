import type { CandidateSeries } from '#common/charts/series.ts'
import { comparisonSeries, pointOrder } from '#common/charts/series.ts'
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
  cuts: WhatIfCut[]
  /** The fastest cut within the comparison's accuracy bound (of validation images). */
  best: WhatIfCut | null
}

/** What sliders do not change: which cuts there are, in which order, and which are within the accuracy bound. */
export interface WhatIfBase {
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
  const points = pointOrder(comparison)
  const series = comparisonSeries(comparison)
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
  return base.series.map(({ key, label, slot, candidates }, index) => {
    const places = base.places[index]!
    const cuts = candidates.map((candidate, at) => cutOf(candidate, places[at]!, assumptions, factor))
    let best: WhatIfCut | null = null
    for (const cut of cuts) {
      if (cut.totalMs === null || !base.within.has(cut.candidate.id)) continue
      if (!best || cut.totalMs < best.totalMs!) best = cut
    }
    return { key, label, slot, cuts, best }
  })
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
