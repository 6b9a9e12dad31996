import type { Candidate, Comparison, EndToEnd } from '../contract/result.ts'
import { restsOnEmulation } from '../latency/compose.ts'
import type { Term } from '../selection/query.ts'
import type { Exclusion, Selectable, Selection } from '../selection/select.ts'
import { select } from '../selection/select.ts'
import type { CandidateSeries } from './series.ts'
import { comparisonSeries, pointOrder } from './series.ts'

/** A candidate on one link of a comparison, with its stored figures. */
export interface OnLink extends Selectable {
  candidate: Candidate
  latencyMs: number | null
  /** Of validation images: the test images decide nothing. */
  loss: number
  /** Of test images. */
  accuracy: number
}

export function placed(comparison: Comparison, candidates: readonly Candidate[], link: string): OnLink[] {
  const order = pointOrder(comparison)
  return candidates.map((candidate) => {
    const endToEnd = candidate.byLink[link]?.endToEnd
    const latencyMs = endToEnd?.composedMs ?? null
    const loss = comparison.baseline.validationAccuracy - candidate.validationAccuracy
    return {
      ...{ candidate, latencyMs, loss, accuracy: candidate.accuracy },
      framework: candidate.framework,
      point: candidate.partitionPoint,
      order: order.indexOf(candidate.partitionPoint),
      values: {
        latency: latencyMs,
        accuracy: candidate.validationAccuracy,
        loss,
        macs: candidate.headMacs,
        head: candidate.headParameters,
        payload: candidate.payloadBytes,
        energy: candidate.energy?.perRunMj ?? null,
      },
      intervals: { ...(endToEnd && { latency: endToEnd.ci95 }) },
    }
  })
}

/** The fastest within the comparison's accuracy bound. Emulated times decide nothing, unless that was asked for. */
function selectFastest(comparison: Comparison, candidates: readonly Candidate[], link: string): Selection<OnLink> {
  const bound: Term = { kind: 'limit', quantity: 'loss', op: '<=', value: comparison.maxLoss }
  const usable = placed(comparison, candidates, link).map((one) =>
    restsOnEmulation(one.candidate) && !comparison.allowEmulated
      ? { ...one, values: { ...one.values, latency: null } }
      : one,
  )
  return select(usable, [bound], 'latency')
}

/** '"loss ≤ 5 pt" rules out 3 of 18, …'. */
export const describeExclusions = (excluded: readonly Exclusion[], of: number): string =>
  excluded.map(({ text, count }) => `"${text}" rules out ${count} of ${of}`).join(', ')

export interface BestCut {
  series: CandidateSeries
  candidate: Candidate | null
  endToEnd: EndToEnd | null
  /** Why there is none. */
  reason: string | null
  selection: Selection<OnLink>
}

/** The fastest cut of every series on a link, within the accuracy bound of the comparison. */
export function bestCuts(
  comparison: Comparison,
  link: string,
  all: readonly CandidateSeries[] = comparisonSeries(comparison),
): BestCut[] {
  return all.map((series) => {
    const selection = selectFastest(comparison, series.candidates, link)
    const candidate = selection.chosen?.candidate ?? null
    return {
      series,
      candidate,
      endToEnd: candidate?.byLink[link]?.endToEnd ?? null,
      reason: candidate ? null : `no candidate is left: ${describeExclusions(selection.excluded, selection.of)}`,
      selection,
    }
  })
}

/** What a summary says: the best candidate of all within the bound, and how much faster than the best unpruned cut it is. */
export interface Headline {
  best: BestCut | null
  /** Best cut of only-splitting, in whichever form of features is faster. */
  unpruned: BestCut | null
  /** unpruned / best, end to end. */
  gain: number | null
  selection: Selection<OnLink>
}

export function headline(comparison: Comparison, link: string): Headline {
  const cuts = bestCuts(comparison, link)
  const fastest = (among: BestCut[]): BestCut | null =>
    among
      .filter(({ endToEnd }) => endToEnd)
      .reduce<BestCut | null>((a, b) => (a && a.endToEnd!.composedMs <= b.endToEnd!.composedMs ? a : b), null)
  const best = fastest(cuts)
  const unpruned = fastest(cuts.filter(({ candidate }) => candidate?.framework === 'only-splitting'))
  return {
    best,
    unpruned,
    gain: best && unpruned ? unpruned.endToEnd!.composedMs / best.endToEnd!.composedMs : null,
    selection: selectFastest(comparison, comparison.candidates, link),
  }
}
