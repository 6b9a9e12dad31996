import type { Headline } from '#common/charts/bestCuts.ts'
import { describeExclusions, headline } from '#common/charts/bestCuts.ts'
import { candidateLabel } from '#common/charts/series.ts'
import type { Candidate, Comparison, EndToEnd } from '#common/contract/result.ts'
import { restsOnEmulation } from '#common/latency/compose.ts'
import { describeLink } from '#common/latency/links.ts'
import { verdictBetween } from '#common/measurement/verdicts.ts'
import { formatPercent, significant } from '#common/units.ts'

/** "vgg16 at width 0.25 on CIFAR-10" */
export const describeSubject = ({ network, dataset }: Comparison): string =>
  `${network.name} at width ${significant(network.width)} on ${dataset.name}`

const ms = (value: number): string => `${significant(value)} ms`
const points = (fraction: number): string => `${significant(fraction * 100, 2)} points`

/**
 * One sentence: the fastest candidate within the accuracy bound on the chosen link, and how much faster it is than the
 * fastest cut of the unpruned network.
 */
export function summarise(comparison: Comparison): string {
  const { best, unpruned, gain } = headline(comparison, comparison.link.name)
  const link = describeLink(comparison.link)
  const bound = `within ${points(comparison.maxLoss)} of accuracy`
  if (!best) return `On ${link}, no candidate is ${bound} and timed${reasons(comparison)}.${emulatedOnly(comparison)}`
  const { series, candidate, endToEnd } = best
  const where = `${candidateLabel(candidate!, series)}, cut at ${candidate!.partitionPoint}`
  const found = `On ${link}, ${where} is the fastest candidate ${bound}: ${ms(endToEnd!.composedMs)} end to end (composed) at ${formatPercent(candidate!.accuracy)}`
  if (!unpruned) return `${found}.`
  if (unpruned.candidate === candidate) return `${found}: the unpruned network is not beaten here.`
  const { candidate: reference, endToEnd: before } = unpruned
  return `${found}, ${significant(gain!)}× as fast as the best cut of the unpruned network (${reference!.partitionPoint}, ${ms(before!.composedMs)}, ${formatPercent(reference!.accuracy)}).${difference(candidate!, endToEnd!, reference!, before!)}`
}

/** A gain inside the noise is none: by the rounds in which both were timed, else by their intervals. */
function difference(faster: Candidate, ofFaster: EndToEnd, slower: Candidate, ofSlower: EndToEnd): string {
  const verdict = verdictBetween(faster, slower)
  if (verdict) return ` Round by round: ${verdict}.`
  return ofFaster.ci95[1] >= ofSlower.ci95[0] ? ' Their 95 % intervals overlap: the difference is not significant.' : ''
}

/** Why a comparison on an emulated device picks nothing. */
const emulatedOnly = ({ candidates, allowEmulated }: Comparison): string =>
  !allowEmulated && candidates.some(restsOnEmulation)
    ? ' Times of an emulated device select nothing (--allow-emulated lets them).'
    : ''

function reasons(comparison: Comparison): string {
  const { excluded, of }: Headline['selection'] = headline(comparison, comparison.link.name).selection
  if (excluded.length === 0) return ''
  return ` (${describeExclusions(excluded, of)})`
}
