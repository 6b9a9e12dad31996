import { comparisonSeries } from '../charts/series.ts'
import type { Link } from '../contract/config.ts'
import type { Candidate, Comparison } from '../contract/result.ts'
import type { BestCut, ShiCut } from './shi.ts'
import { bestShiCut } from './shi.ts'

/** The cuts of a comparison in the terms of Shi et al.: times on the server's machine. */
export interface ShiSeries {
  cuts: ShiCut[]
  /** Why cuts are missing, or null. */
  reason: string | null
}

/** The unpruned network with 8-bit features (the form of the published figures), and everything that two-step made. */
export function shiSeries(comparison: Comparison): { original: ShiSeries; twoStep: ShiSeries } {
  const within = ({ validationAccuracy }: Candidate): boolean =>
    comparison.baseline.validationAccuracy - validationAccuracy <= comparison.maxLoss
  return {
    original: toCuts(comparison, originalCandidates(comparison)),
    twoStep: toCuts(
      comparison,
      comparison.candidates.filter((candidate) => candidate.framework === 'two-step' && within(candidate)),
    ),
  }
}

const originalCandidates = (comparison: Comparison): Candidate[] => {
  const series = comparisonSeries(comparison).filter(({ key }) => key.startsWith('only-splitting'))
  return (series.find(({ key }) => key.endsWith('/uint8')) ?? series[0])?.candidates ?? []
}

function toCuts(comparison: Comparison, candidates: readonly Candidate[]): ShiSeries {
  const cuts = candidates.flatMap((candidate) => shiCut(comparison, candidate) ?? [])
  if (cuts.length === candidates.length && cuts.length > 0) return { cuts, reason: null }
  if (candidates.length === 0) return { cuts, reason: 'no candidates in this comparison' }
  return {
    cuts,
    reason: `${candidates.length - cuts.length} of ${candidates.length} cuts have no time on the server's machine`,
  }
}

/**
 * t(p) on the server's machine: timed there, when the device is that machine or is modelled from it by γ; else the
 * whole network minus the tail, where the same weights were timed with the cut at `input`.
 */
function shiCut(
  comparison: Comparison,
  { deviceMs, serverMs, hashes, partitionPoint, payloadBytes }: Candidate,
): ShiCut | undefined {
  if (!serverMs) return undefined
  const whole = comparison.candidates.find(
    (one) => one.partitionPoint === 'input' && one.hashes.weights === hashes.weights,
  )
  const headMs = (): number | undefined => {
    if (deviceMs && comparison.gamma !== null) return deviceMs.median / comparison.gamma
    if (deviceMs && comparison.device.kind === 'local') return deviceMs.median
    return whole?.serverMs ? Math.max(0, whole.serverMs.median - serverMs.median) : undefined
  }
  const head = headMs()
  return head === undefined
    ? undefined
    : { point: partitionPoint, headMs: head, tailMs: serverMs.median, bytes: payloadBytes }
}

export const bestWithin = ({ cuts }: ShiSeries, gamma: number, link: Link): BestCut | undefined =>
  bestShiCut(cuts, gamma, link)

export interface Ratio {
  ratio: number
  at: string
}

/**
 * Time of the whole network, unpruned / pruned, on the server's machine: head + tail of both at the same cut, so that
 * what a cut costs by itself is on both sides. Step 1 is one network: the cut at `input`, where nothing is split. Step 2
 * has a network per cut: the best one.
 */
export function computationRatio(comparison: Comparison, step: string): { best: Ratio | null; reason: string | null } {
  const original = toCuts(comparison, originalCandidates(comparison))
  const pruned = toCuts(comparison, ofStep(comparison, step))
  const whole = ({ headMs, tailMs }: ShiCut): number => headMs + tailMs
  const ratios = pruned.cuts.flatMap((cut) => {
    const before = original.cuts.find(({ point }) => point === cut.point)
    return before ? [{ at: cut.point, ratio: whole(before) / whole(cut) }] : []
  })
  const unsplit = ratios.find(({ at }) => at === 'input')
  const best = unsplit ? { ...unsplit, at: 'not split' } : largest(ratios)
  return { best, reason: best ? null : (original.reason ?? pruned.reason ?? 'no cut of both was timed') }
}

/** MACs of the whole network, unpruned / pruned; of the best cut where each has its own network. */
export function macRatio(comparison: Comparison, step: string): Ratio | null {
  const ratios = ofStep(comparison, step).map(({ partitionPoint, headMacs, tailMacs }) => ({
    at: partitionPoint,
    ratio: comparison.network.macs / (headMacs + tailMacs),
  }))
  return ratios.find(({ at }) => at === 'input') ? { ...largest(ratios)!, at: 'one network' } : largest(ratios)
}

const ofStep = ({ candidates }: Comparison, step: string): Candidate[] =>
  candidates.filter((one) => one.framework === 'two-step' && one.step === step)

function largest(ratios: readonly Ratio[]): Ratio | null {
  const best = ratios.reduce<Ratio | null>((a, b) => (a && a.ratio >= b.ratio ? a : b), null)
  return best && { ...best, at: `best point, ${best.at}` }
}
