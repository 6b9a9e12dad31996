import type { CandidateSeries } from '#common/charts/series.ts'
import { comparisonSeries, pointOrder } from '#common/charts/series.ts'
import type { Link } from '#common/contract/config.ts'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { composeEndToEnd, modelledDeviceTime } from '#common/latency/compose.ts'
import { transmissionMs } from '#common/latency/transmission.ts'

export interface Assumptions {
  link: Pick<Link, 'rateMbps' | 'rttMs'>
  /** A number: the device is γ times slower than the server's machine. Null: device times as they were taken. */
  gamma: number | null
}

/** One cut under the assumptions, in ms; null where a time that it needs was not taken. */
export interface WhatIfCut {
  candidate: Candidate
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
  within: ReadonlySet<string>
  /** Whether device times can be turned into the server machine's: only then γ means something. */
  gammaPossible: boolean
  takenGamma: number | null
}

export function whatIfBase(comparison: Comparison): WhatIfBase {
  const { baseline, maxLoss, gamma, device } = comparison
  return {
    points: pointOrder(comparison),
    series: comparisonSeries(comparison),
    within: new Set(
      comparison.candidates
        .filter(({ validationAccuracy }) => baseline.validationAccuracy - validationAccuracy <= maxLoss)
        .map(({ id }) => id),
    ),
    gammaPossible: gamma !== null || device.kind === 'local',
    takenGamma: gamma,
  }
}

/** Every cut under the assumptions, with the latency model of the report. Pure and without a round trip. */
export function whatIf(base: WhatIfBase, { link, gamma }: Assumptions): WhatIfSeries[] {
  // Taken under γ: the times are the server machine's × takenGamma, and are scaled from there.
  const factor = gamma === null ? 1 : gamma / (base.takenGamma ?? 1)
  return base.series.map(({ key, label, slot, candidates }) => {
    const cuts = candidates.map((candidate) => cutOf(candidate, link, factor))
    let best: WhatIfCut | null = null
    for (const cut of cuts) {
      if (cut.totalMs === null || !base.within.has(cut.candidate.id)) continue
      if (!best || cut.totalMs < best.totalMs!) best = cut
    }
    return { key, label, slot, cuts, best }
  })
}

function cutOf(candidate: Candidate, link: Assumptions['link'], factor: number): WhatIfCut {
  const transmission = transmissionMs(candidate.payloadBytes + candidate.headerBytes, link)
  const { deviceMs: taken, serverMs: server } = candidate
  const device = taken && factor !== 1 ? modelledDeviceTime(taken, factor) : taken
  const whole = device && server ? composeEndToEnd(device, transmission, server) : null
  return {
    candidate,
    deviceMs: device?.median ?? null,
    transmissionMs: transmission,
    serverMs: server?.median ?? null,
    totalMs: whole?.composedMs ?? null,
    ci95: whole?.ci95 ?? null,
  }
}
