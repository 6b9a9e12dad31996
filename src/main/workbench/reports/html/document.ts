import { createHash } from 'node:crypto'
import { headline } from '#common/charts/bestCuts.ts'
import { candidateLabel } from '#common/charts/series.ts'
import type { Comparison } from '#common/contract/result.ts'
import { describeLink } from '#common/latency/links.ts'
import { timingWarnings } from '#common/measurement/warnings.ts'
import { formatMacs, significant } from '#common/units.ts'
import { int8Section } from '../int8Table.ts'
import { lookupSection } from '../lookupTable.ts'
import { reportResource } from '../resources.ts'
import { describeSubject, summarise } from '../summary.ts'
import { candidateTable, missingTable } from './candidates.ts'
import { reproducibility } from './conditions.ts'
import { latencyFigures, layerFigures, tradeOffFigure } from './figures.ts'
import { layerTimesSection } from './layerTimes.ts'
import type { Content, Markup } from './markup.ts'
import { html, trusted } from './markup.ts'
import { orderingsSection } from './orderings.ts'
import { paperSection } from './paper.ts'

/**
 * The report of a comparison as one HTML file: charts as inline SVG, light, dark and print from one drawing, nothing
 * loaded from anywhere (its content security policy forbids it). A pure function of the comparison: equal input,
 * equal text.
 */
export function renderHtml(comparison: Comparison): string {
  const style = reportResource('report.css')
  const script = reportResource('sort.js')
  const scriptHash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'`
  const title = `${comparison.candidates.length} candidates: ${describeSubject(comparison)}`
  const warnings = timingWarnings(comparison)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Splitbench ${comparison.run.versions.splitbench}">
<title>Splitbench · ${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="subtitle">${frameworks(comparison)} · seed ${comparison.run.seed} · profile ${comparison.run.profile} · device ${comparison.device.name} · ${describeLink(comparison.link)} · ${comparison.run.startedAt.slice(0, 10)}</p>
<p class="summary">${summarise(comparison)}</p>
${facts(comparison)}
${warnings.length > 0 && html`<div class="warning" role="note"><b>Before you trust the times</b><ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></div>`}
</header>
${layerFigures(comparison)}
${latencyFigures(comparison)}
${tradeOffFigure(comparison)}
${candidateTable(comparison)}
${missingTable(comparison)}
${lookupSection(comparison)}
${int8Section(comparison)}
${layerTimesSection(comparison)}
${paperSection(comparison)}
${orderingsSection(comparison)}
${reproducibility(comparison)}
</main>
<script>${trusted(script)}</script>
</body>
</html>
`.text
}

const frameworks = ({ candidates }: Comparison): string =>
  new Intl.ListFormat('en').format(new Set(candidates.map(({ framework }) => framework)))

/** The numbers of the best candidate, large. */
function facts(comparison: Comparison): Markup | null {
  const { best, unpruned, gain } = headline(comparison, comparison.link.name)
  if (!best?.candidate || !best.endToEnd) return null
  const { candidate, endToEnd } = best
  const fact = (name: string, value: string, note: Content): Markup =>
    html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`
  const loss = candidate.accuracyLoss * 100
  return html`<dl class="facts">
${fact('best cut', candidate.partitionPoint, candidateLabel(candidate, best.series))}
${fact('end to end, composed', `${significant(endToEnd.composedMs)} ms`, `device ${significant(endToEnd.parts.device)} + link ${significant(endToEnd.parts.transmission)} + server ${significant(endToEnd.parts.server)}`)}
${gain !== null && unpruned?.candidate && fact('gain', `${significant(gain)}×`, `over the best unpruned cut (${unpruned.candidate.partitionPoint})`)}
${fact('accuracy', `${(candidate.accuracy * 100).toFixed(1)} %`, loss === 0 ? 'as the unpruned network' : `${Math.abs(loss).toFixed(1)} points ${loss > 0 ? 'below' : 'above'} the unpruned network`)}
${fact('payload', `${significant(candidate.payloadBytes, 4)} B`, `${significant((comparison.dataset.size ** 2 * 3) / candidate.payloadBytes)}× less than the raw image`)}
${fact('device MACs', formatMacs(candidate.headMacs), `of ${formatMacs(comparison.network.macs)} unpruned`)}
</dl>`
}
