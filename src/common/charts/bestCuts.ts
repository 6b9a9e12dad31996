import type { Candidate, Comparison, EndToEnd } from '../contract/result.ts'
import type { Selection } from '../latency/select.ts'
import { selectFastest } from '../latency/select.ts'
import type { CandidateSeries } from './series.ts'
import { comparisonSeries } from './series.ts'

/** A candidate on one link, with what selection looks at. */
export interface Placed {
  candidate: Candidate
  latencyMs: number | null
  /** Of validation images: the test images decide nothing. */
  loss: number
  accuracy: number
  headMacs: number
  payloadBits: number
}

export const placed = (comparison: Comparison, candidates: readonly Candidate[], link: string): Placed[] =>
  candidates.map((candidate) => ({
    candidate,
    latencyMs: candidate.byLink[link]?.endToEnd?.composedMs ?? null,
    loss: comparison.baseline.validationAccuracy - candidate.validationAccuracy,
    accuracy: candidate.accuracy,
    headMacs: candidate.headMacs,
    payloadBits: candidate.payloadBytes * 8,
  }))

/** Whether a part of its latency was timed on an emulated device: that says nothing of a real one. */
export const restsOnEmulation = ({ deviceMs, serverMs }: Candidate): boolean =>
  deviceMs?.source === 'emulated' || serverMs?.source === 'emulated'

/** What selection may look at: emulated times decide nothing, unless that was asked for. */
const selectable = (comparison: Comparison, candidates: readonly Candidate[], link: string): Placed[] =>
  placed(comparison, candidates, link).map((one) =>
    restsOnEmulation(one.candidate) && !comparison.allowEmulated ? { ...one, latencyMs: null } : one,
  )

export interface BestCut {
  series: CandidateSeries
  candidate: Candidate | null
  endToEnd: EndToEnd | null
  /** Why there is none. */
  reason: string | null
  selection: Selection<Placed>
}

/** The fastest cut of every series on a link, within the accuracy bound of the comparison. */
export function bestCuts(comparison: Comparison, link: string): BestCut[] {
  return comparisonSeries(comparison).map((series) => {
    const selection = selectFastest(selectable(comparison, series.candidates, link), comparison.maxLoss)
    const candidate = selection.chosen?.candidate ?? null
    return {
      series,
      candidate,
      endToEnd: candidate?.byLink[link]?.endToEnd ?? null,
      reason: candidate
        ? null
        : `no candidate is left: ${selection.excluded.map(({ limit, count }) => `"${limit}" rules out ${count} of ${selection.of}`).join(', ')}`,
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
  selection: Selection<Placed>
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
    selection: selectFastest(selectable(comparison, comparison.candidates, link), comparison.maxLoss),
  }
}
