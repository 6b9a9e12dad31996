import { accuracyLatencyOption } from '#common/charts/accuracyLatency.ts'
import { fitted } from '#common/charts/fit.ts'
import { bestCutBars, bestCutBarsOption } from '#common/charts/latencyBars.ts'
import type { DeviceTiming } from '#common/contract/deviceTiming.ts'
import type { Comparison } from '#common/contract/result.ts'
import { describeLink } from '#common/latency/links.ts'
import { timingWarnings } from '#common/measurement/warnings.ts'
import { formatBytes, formatMacs, formatPercent, formatPoints, significant } from '#common/units.ts'
import { reproducibility } from '../html/conditions.ts'
import { draw } from '../html/draw.ts'
import type { Markup } from '../html/markup.ts'
import { html, trusted } from '../html/markup.ts'
import { reportTheme as theme } from '../html/theme.ts'
import { reportResource } from '../resources.ts'
import { describeSubject, summarise } from '../summary.ts'
import type { BestRow, HeadRow, Material } from './material.ts'
import { bestRows, headRows } from './material.ts'

const half = 570

/**
 * Several comparisons and timings as one HTML file, without a script and with nothing loaded from anywhere. A pure
 * function of its material: equal input, equal text.
 */
export function manyHtml({ report, comparisons, timings }: Material): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
  const paragraphs = report.note.split(/\n\s*\n/).filter((text) => text.trim() !== '')
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Splitbench · ${report.title}</title>
<style>${trusted(reportResource('report.css'))}</style>
</head>
<body>
<main>
<header>
<h1>${report.title}</h1>
<p class="subtitle">${counted(comparisons.length, 'comparison')} · ${counted(timings.length, 'timing')} on devices</p>
${paragraphs.map((text) => html`<p class="summary">${text}</p>`)}
</header>
${comparisons.length > 0 && bestSection(bestRows(comparisons), comparisons)}
${timings.length > 0 && headSection(headRows(timings), timings)}
${comparisons.map(oneComparison)}
</main>
</body>
</html>
`.text
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

function bestSection(rows: readonly BestRow[], comparisons: readonly Comparison[]): Markup {
  const without = comparisons.filter(({ run }) => !rows.some((row) => row.run === run.id))
  return html`<section id="best">
<h2>Best cut of each comparison</h2>
<p class="note">The fastest candidate within the accuracy bound on the comparison's own link; composed of device, link and server. Gains and differences refer to the first row.</p>
<div class="scroll"><table><thead><tr><th scope="col">run</th><th scope="col">network, images</th><th scope="col">device, link</th><th scope="col">framework<small>cut</small></th><th scope="col" class="number">accuracy</th><th scope="col" class="number">payload<small>head MACs</small></th><th scope="col" class="number">end to end, ms<small>composed</small></th><th scope="col" class="number">gain</th></tr></thead><tbody>
${rows.map(
  (row) =>
    html`<tr><td>${row.run}</td><td>${row.network}<br><small>${row.dataset}</small></td><td>${row.device}<br><small>${row.link}, device ${row.source}</small></td><td>${row.framework}<br><small>${row.point}</small></td><td class="number">${formatPercent(row.accuracy)}${row.accuracyDelta !== null && html`<br><small>${formatPoints(row.accuracyDelta)}</small>`}</td><td class="number">${formatBytes(row.payloadBytes)}<br><small>${formatMacs(row.headMacs)}</small></td><td class="number">${significant(row.composedMs)}<br><small>${significant(row.ci95[0])}–${significant(row.ci95[1])}</small></td><td class="number">${row.gain === null ? '–' : `${significant(row.gain)}×`}</td></tr>`,
)}
</tbody></table></div>
${without.map(({ run }) => html`<p class="note">${run.id}: no candidate is timed and within the accuracy bound.</p>`)}
</section>`
}

function headSection(rows: readonly HeadRow[], timings: readonly DeviceTiming[]): Markup {
  return html`<section id="heads">
<h2>Heads on devices</h2>
<p class="note">Head and encoding for one image in ms: median, and the 95 % interval of the median. Modelled and emulated times are not those of a real board.</p>
<div class="scroll"><table><thead><tr><th scope="col">framework</th><th scope="col">cut</th><th scope="col" class="number">head MACs</th>${timings.map(({ config, device, startedAt }) => html`<th scope="col" class="number">${config.device}<br><small>${[device.board ?? device.cpu, startedAt.slice(0, 10)].join(', ')}</small></th>`)}</tr></thead><tbody>
${rows.map(
  ({ framework, point, headMacs, times }) =>
    html`<tr><td>${framework}</td><td>${point}</td><td class="number">${formatMacs(headMacs)}</td>${times.map((time) =>
      time
        ? html`<td class="number">${significant(time.median)}<br><small>${significant(time.ci95[0])}–${significant(time.ci95[1])}, ${time.source}</small></td>`
        : html`<td class="number">–</td>`,
    )}</tr>`,
)}
</tbody></table></div>
</section>`
}

function oneComparison(comparison: Comparison, index: number): Markup {
  const { run, link } = comparison
  const warnings = timingWarnings(comparison)
  const bars = bestCutBars(comparison, link.name)
  const timed = comparison.candidates.some(({ endToEnd }) => endToEnd !== null)
  return html`<section id="run-${index}">
<h2>${describeSubject(comparison)}</h2>
<p class="note">Run ${run.id} · seed ${run.seed} · profile ${run.profile} · ${describeLink(link)} · ${run.startedAt.slice(0, 10)}</p>
<p class="summary">${summarise(comparison)}</p>
${warnings.length > 0 && html`<div class="warning" role="note"><b>Before you trust the times</b><ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></div>`}
${
  timed &&
  html`<div class="panels">
<figure><h3>Best cut of each framework</h3>${draw(bestCutBarsOption(comparison, bars, theme), `run-${index}-bars`, `Latency of the fastest cut of every series of run ${run.id}`, half, 100 + 44 * bars.length)}<figcaption>Composed on ${describeLink(link)}.</figcaption></figure>
<figure><h3>Accuracy against latency</h3>${draw(fitted(accuracyLatencyOption(comparison, link.name, theme), half, Number.POSITIVE_INFINITY), `run-${index}-scatter`, `Accuracy against latency of every candidate of run ${run.id}`, half, 330)}<figcaption>One marker per cut; up and to the left is better.</figcaption></figure>
</div>`
}
</section>
${trusted(reproducibility(comparison).text.replace('id="conditions"', `id="conditions-${index}"`))}`
}
