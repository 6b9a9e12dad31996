import { latencyKind } from '#common/charts/series.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { Assumptions } from '#common/latency/assumptions.ts'
import { describeLink } from '#common/latency/links.ts'
import type { RateSpan } from '#common/selection/byRate.ts'
import type { Decision } from '#common/selection/decide.ts'
import type { Placed } from '#common/selection/placed.ts'
import { describePlaced } from '#common/selection/placed.ts'
import type { Objective, QuantityName } from '#common/selection/quantities.ts'
import { quantities } from '#common/selection/quantities.ts'
import type { Term } from '#common/selection/query.ts'
import { describeTerm } from '#common/selection/query.ts'
import { formatMacs, formatPercent, significant } from '#common/units.ts'
import type { Column } from './columns.ts'
import { alignColumns, plain, wrap } from './columns.ts'
import { plusMinus, threeDigits } from './digits.ts'

export interface SelectionReport {
  comparison: Comparison
  link: { name: string; rateMbps: number; rttMs: number | null }
  assumptions: Assumptions
  terms: readonly Term[]
  objective: Objective
  decision: Decision
  front: { objectives: readonly QuantityName[]; candidates: readonly Placed[] }
  spans: readonly RateSpan[]
  caveats: readonly string[]
}

const width = 120
const right = (title: string): Column => ({ title, align: 'right' })
const left = (title: string): Column => ({ title, align: 'left' })

/** A selection for a terminal: the choice with its reason, the Pareto front, and what other rates would choose. */
export function renderSelection(report: SelectionReport): string {
  const { comparison, link, assumptions, terms, objective, decision, front, spans } = report
  const { gamma, serverLoad } = assumptions
  const { chosen } = decision.selection
  const best = `${quantities[objective].better === 'low' ? 'least' : 'most'} ${quantities[objective].title}`
  const lines = [
    `${comparison.run.id} · ${comparison.network.name} at width ${significant(comparison.network.width)} on ${comparison.dataset.name}`,
    `${best} · ${terms.length === 0 ? 'no limits' : terms.map(describeTerm).join(', ')} · ${describeLink(link)}${gamma === null ? '' : ` · γ ${significant(gamma)}`}${serverLoad === 1 ? '' : ` · server load ${significant(serverLoad)}`}`,
    '',
    ...decision.explanation,
    '',
    ...(chosen
      ? [
          `Pareto front of the ${decision.selection.allowed.length} allowed: ${front.objectives.map((name) => quantities[name].title).join(', ')}`,
          ...frontLines(front.candidates, chosen),
          '',
        ]
      : []),
    'By rate of the link, all else as it is (nothing is measured or trained again)',
    ...spanLines(spans),
    '',
    `End to end in ms, ${latencyKind(comparison)}; ± wider side of the 95 % interval. acc.: test images; valid.: validation images.`,
    ...report.caveats,
  ]
  return lines.flatMap((line) => wrap(plain(line), width)).join('\n')
}

const frontLines = (candidates: readonly Placed[], chosen: Placed): string[] =>
  alignColumns(
    [
      left(''),
      left('cut'),
      left('framework'),
      right('end to end'),
      right('acc. %'),
      right('valid. %'),
      right('payload B'),
      right('head MACs'),
      ...(candidates.some(({ values }) => values.energy !== null) ? [right('mJ')] : []),
    ],
    candidates.map((one) => [
      one === chosen ? '*' : '',
      one.point,
      one.label,
      one.endToEnd
        ? `${threeDigits(one.endToEnd.composedMs)} ${plusMinus(one.endToEnd.composedMs, one.endToEnd.ci95)}`
        : '–',
      formatPercent(one.candidate.accuracy).replace(' %', ''),
      formatPercent(one.candidate.validationAccuracy).replace(' %', ''),
      significant(one.candidate.payloadBytes, 4),
      formatMacs(one.candidate.headMacs),
      ...(one.values.energy === null ? [] : [threeDigits(one.values.energy)]),
    ]),
  )

const spanLines = (spans: readonly RateSpan[]): string[] =>
  alignColumns(
    [right('from'), right('to Mbit/s'), left('chosen')],
    spans.map(({ fromMbps, toMbps, chosen }) => [
      significant(fromMbps),
      significant(toMbps),
      chosen ? describePlaced(chosen) : 'nothing fits',
    ]),
  )
