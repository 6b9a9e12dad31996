import { candidateLabel, comparisonSeries, pointOrder } from '../charts/series.ts'
import type { Candidate, Comparison, EndToEnd } from '../contract/result.ts'
import type { Assumptions } from '../latency/assumptions.ts'
import { assume, deviceFactor } from '../latency/assumptions.ts'
import { restsOnEmulation } from '../latency/compose.ts'
import { radioMj } from '../latency/energy.ts'
import { wilson } from '../measurement/share.ts'
import type { Known } from './query.ts'
import type { Selectable } from './select.ts'

/** A candidate under assumptions: what a selection looks at, and what an explanation names. */
export interface Placed extends Selectable {
  candidate: Candidate
  /** "two-step · step 2"; its point is apart. */
  label: string
  slot: number
  endToEnd: EndToEnd | null
  /** What a change of the rate alone changes. */
  byRate: { bytes: number; fixedMs: number | null; computeMj: number | null }
}

/** What assumptions do not change. */
export interface Placing {
  comparison: Comparison
  known: Known
  entries: Entry[]
  /** Candidates whose times come from an emulated device and were left out for it. */
  emulated: number
  /** Whether energies are known of any candidate. */
  energies: boolean
}

interface Entry {
  candidate: Candidate
  label: string
  slot: number
  order: number
  loss: number
  accuracyInterval: readonly [number, number]
}

/**
 * The candidates of a comparison for selection. Accuracy and loss are those of validation images: test images decide
 * nothing (protocol.md); their 95 % interval is Wilson's. `allowEmulated`: whether times of an emulated device count,
 * which they do for a comparison that was made so.
 */
export function placing(comparison: Comparison, allowEmulated = false): Placing {
  const order = pointOrder(comparison)
  const places = new Map(order.map((point, index) => [point, index]))
  const { validationAccuracy: baseline } = comparison.baseline
  const { validation } = comparison.dataset
  const emulationCounts = allowEmulated || comparison.allowEmulated
  const entries = new Map<string, Entry>()
  let emulated = 0
  for (const series of comparisonSeries(comparison)) {
    for (const candidate of series.candidates) {
      if (entries.has(candidate.id)) continue
      const barred = restsOnEmulation(candidate) && !emulationCounts
      if (barred) emulated++
      entries.set(candidate.id, {
        candidate: barred ? { ...candidate, deviceMs: null, serverMs: null, energy: null } : candidate,
        label: candidateLabel(candidate, series),
        slot: series.slot,
        order: places.get(candidate.partitionPoint) ?? 0,
        loss: baseline - candidate.validationAccuracy,
        accuracyInterval: wilson(candidate.validationAccuracy, validation),
      })
    }
  }
  const there = new Set(comparison.candidates.map(({ partitionPoint }) => partitionPoint))
  return {
    comparison,
    known: {
      points: order.filter((point) => there.has(point)),
      frameworks: [...new Set(comparison.candidates.map(({ framework }) => framework))],
    },
    entries: [...entries.values()],
    emulated,
    energies: comparison.candidates.some(({ energy }) => energy !== null),
  }
}

/**
 * Every candidate under the assumptions. The energy is that of computing and, where `radio` (a link's name) has a radio
 * model, of sending; computing follows the device's time.
 */
export function place(
  { comparison, entries }: Placing,
  assumptions: Assumptions,
  radio: string = comparison.link.name,
): Placed[] {
  const factor = deviceFactor(assumptions, comparison.gamma)
  const { link } = assumptions
  return entries.map(({ candidate, label, slot, order, loss, accuracyInterval }) => {
    const { endToEnd, transmissionMs } = assume(candidate, assumptions, factor)
    const bytes = candidate.payloadBytes + candidate.headerBytes
    const computeMj = candidate.energy ? candidate.energy.perRunMj * factor : null
    return {
      candidate,
      label,
      slot,
      order,
      framework: candidate.framework,
      point: candidate.partitionPoint,
      endToEnd,
      values: {
        latency: endToEnd?.composedMs ?? null,
        accuracy: candidate.validationAccuracy,
        loss,
        macs: candidate.headMacs,
        head: candidate.headParameters,
        payload: candidate.payloadBytes,
        energy: computeMj === null ? null : computeMj + (radioMj(bytes, { name: radio, rateMbps: link.rateMbps }) ?? 0),
      },
      intervals: { ...(endToEnd && { latency: endToEnd.ci95 }), accuracy: accuracyInterval },
      byRate: {
        bytes,
        fixedMs: endToEnd && endToEnd.composedMs - transmissionMs + (link.rttMs ?? 0) / 2,
        computeMj,
      },
    }
  })
}

/** "two-step · step 2 cut after pool3"; the two ends in words. */
export function describePlaced({ label, point }: Pick<Placed, 'label' | 'point'>): string {
  if (point === 'input') return `${label}, all on the server`
  if (point === 'output') return `${label}, all on the device`
  return `${label} cut after ${point}`
}
