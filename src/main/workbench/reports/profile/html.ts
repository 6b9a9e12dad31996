import { createHash } from 'node:crypto'
import {
  formTitle,
  profileLatencyOption,
  profileRateOption,
  profileWorkloadOption,
} from '#common/charts/profileCharts.ts'
import type { ModelProfile, ProfiledCut } from '#common/contract/modelProfile.ts'
import { payloadForms } from '#common/contract/modelProfile.ts'
import { describeLink } from '#common/latency/links.ts'
import { describeFlips, describeModel, summariseProfile, uint8Note } from '#common/latency/profileWords.ts'
import { formatBytes, formatDuration, formatMacs } from '#common/units.ts'
import { plusMinus, threeDigits } from '../digits.ts'
import { machine, named, pairs } from '../html/conditions.ts'
import { draw } from '../html/draw.ts'
import type { Content, Markup } from '../html/markup.ts'
import { html, trusted } from '../html/markup.ts'
import { reportTheme as theme } from '../html/theme.ts'
import { reportResource } from '../resources.ts'

const wide = 1160
const half = 570

/**
 * The report of a profile as one HTML file, like that of a comparison: charts as inline SVG, nothing loaded from
 * anywhere. A pure function of the profile.
 */
export function renderProfileHtml(profile: ModelProfile): string {
  const script = reportResource('sort.js')
  const scriptHash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'`
  const { run, model, device, server, link } = profile
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Splitbench ${run.versions.splitbench}">
<title>Splitbench · profile of ${model.file}</title>
<style>${trusted(reportResource('report.css'))}</style>
</head>
<body>
<main>
<header>
<h1>Profile of ${model.file}</h1>
<p class="subtitle">${describeModel(profile)} · device ${device.name} · server ${server.name} · ${describeLink(link)} · ${run.startedAt.slice(0, 10)}</p>
<p class="summary">Best cut on ${describeLink(link)}: ${summariseProfile(profile, 'float32')}.</p>
<p>${uint8Note} With it: ${summariseProfile(profile, 'uint8')}.</p>
</header>
${bestSection(profile)}
${figures(profile)}
${cutsSection(profile)}
${layersSection(profile)}
${conditions(profile)}
</main>
<script>${trusted(script)}</script>
</body>
</html>
`.text
}

const number = (value: number, shown: Content): Markup => html`<td class="number" data-value="${value}">${shown}</td>`
const heading = (title: string, unit?: string): Markup =>
  html`<th class="number" scope="col" data-numeric><button type="button">${title}</button>${unit && html`<small>${unit}</small>`}</th>`

function bestSection({ best, byRate }: ModelProfile): Markup {
  return html`<section id="best">
<h2>The best cut of every link</h2>
<p class="note">End to end composed from measured parts: head on the device, payload and header over the link, tail on the server.</p>
<div class="scroll"><table><thead><tr><th scope="col">link</th>${payloadForms.map((form) => html`<th scope="col">best cut<small>${formTitle(form)}</small></th><th scope="col" class="number">end to end<small>ms, composed</small></th>`)}</tr></thead><tbody>
${best.map((one) => html`<tr><th scope="row">${describeLink(one.link)}</th>${payloadForms.map((form) => html`<td>${one[form].point}</td>${number(one[form].composedMs, threeDigits(one[form].composedMs))}`)}</tr>`)}
</tbody></table></div>
${payloadForms.map((form) => html`<p>By rate, ${formTitle(form)}: ${describeFlips(byRate[form])}.</p>`)}
</section>`
}

function figures(profile: ModelProfile): Markup {
  const picture = (title: string, drawing: Markup, caption: string): Markup =>
    html`<figure><h3>${title}</h3>${drawing}<figcaption>${caption}</figcaption></figure>`
  return html`<section id="charts">
<h2>What crosses the link, and what the device computes</h2>
${picture(
  'Transmission and cumulative computation',
  draw(profileWorkloadOption(profile, theme), 'workload', 'Payload and cumulative MACs at every cut', wide, 420),
  'Columns: bytes of the features of one image when cut there, header apart. Line: multiply-accumulates (MACs; 1 MAC = 2 FLOPs) of the device. Pins: links over which this cut is the fastest, features sent as they are.',
)}
<h3>End to end by cut</h3>
<div class="panels">${profile.best.map(({ link }) =>
    picture(
      describeLink(link),
      draw(
        profileLatencyOption(profile, link, 'float32', theme),
        `latency-${profile.best.findIndex((one) => one.link.name === link.name)}`,
        `End-to-end latency of every cut over ${link.name}`,
        half,
        360,
      ),
      'Features sent as they are. The pin is the fastest cut; columns that take more than six times as long leave the panel.',
    ),
  )}</div>
${payloadForms.map((form) =>
  picture(
    `Over the rate of the link, ${formTitle(form)}`,
    draw(
      profileRateOption(profile, form, theme),
      `rate-${form}`,
      `End-to-end latency over the rate, ${form}`,
      wide,
      400,
    ),
    'Cuts that are the fastest at some rate, with sending the input and computing everything on the device. Dashed: rates in Mbit/s where the best cut flips.',
  ),
)}
</section>`
}

function cutsSection({ cuts, link, found, skipped, best }: ModelProfile): Markup {
  const winner = best.find((one) => one.link.name === link.name)?.float32.point
  const row = (cut: ProfiledCut, index: number): Markup => {
    const over = cut.byLink[link.name]!
    const time = ({ median, p95, ci95, n, source }: ProfiledCut['deviceMs']): Markup =>
      number(
        median,
        html`<span class="${source}" title="${source}: ${n} runs, p95 ${threeDigits(p95)} ms">${threeDigits(median)} <small>${plusMinus(median, ci95)}</small></span>`,
      )
    return html`<tr class="${cut.point === winner ? 'best' : ''}"><td data-value="${index}">${cut.point}</td><td>${cut.shape.join('×') || '1'}</td>${number(cut.payloadBytes, formatBytes(cut.payloadBytes))}${number(cut.uint8Bytes, formatBytes(cut.uint8Bytes))}${number(cut.headMacs, formatMacs(cut.headMacs))}${number(cut.headParameters, formatMacs(cut.headParameters))}${time(cut.deviceMs)}${time(cut.serverMs)}${number(over.float32.endToEnd.composedMs, threeDigits(over.float32.endToEnd.composedMs))}${number(over.uint8.endToEnd.composedMs, threeDigits(over.uint8.endToEnd.composedMs))}${number(cut.headError, cut.headError.toExponential(1))}${number(cut.tailError, cut.tailError.toExponential(1))}</tr>`
  }
  return html`<section id="cuts">
<h2>Cuts</h2>
<p class="note">${found} partition points were found, ${cuts.length} timed. Times in ms, batch 1: median ± the wider side of its 95 % interval. <b>Bold</b>: the fastest on ${describeLink(link)}. Check: largest difference to the whole model, as a share of the largest value. Press a heading to sort.</p>
<div class="scroll"><table class="candidates"><thead><tr><th scope="col" data-numeric><button type="button">cut after</button></th><th scope="col"><button type="button">output</button><small>C×H×W</small></th>${heading('payload')}${heading('payload', 'one byte per element')}${heading('device MACs')}${heading('parameters')}${heading('device', 'ms')}${heading('server', 'ms')}${heading('end to end', `ms, ${link.name}, composed`)}${heading('end to end', 'ms, one byte per element')}${heading('check', 'head')}${heading('check', 'tail')}</tr></thead><tbody class="rows">
${cuts.map(row)}
</tbody></table></div>
${skipped.length > 0 && html`<p>No cut is possible at: ${skipped.map(({ point, reason }) => `${point} (${reason})`).join('; ')}.</p>`}
</section>`
}

function layersSection({ layers, model }: ModelProfile): Markup {
  return html`<section id="layers">
<h2>Layers</h2>
<p class="note">Layers that multiply, hold parameters or end at a cut. MACs of convolutions and matrix products; other operators count 0${model.uncounted.length > 0 ? `. Not counted: ${model.uncounted.join(', ')}` : ''}.</p>
<div class="scroll"><table class="candidates"><thead><tr><th scope="col">layer</th><th scope="col">operator</th><th scope="col">output<small>C×H×W</small></th><th scope="col" class="number">MACs</th><th scope="col" class="number">cumulative</th><th scope="col" class="number">parameters</th><th scope="col" class="number">cumulative</th><th scope="col">cut</th></tr></thead><tbody>
${layers.map((layer) => html`<tr><th scope="row">${layer.name}</th><td>${layer.op}</td><td>${layer.shape.join('×') || '1'}</td>${number(layer.macs, formatMacs(layer.macs))}${number(layer.cumulativeMacs, formatMacs(layer.cumulativeMacs))}${number(layer.parameters, formatMacs(layer.parameters))}${number(layer.cumulativeParameters, formatMacs(layer.cumulativeParameters))}<td>${layer.point ?? ''}</td></tr>`)}
</tbody></table></div>
</section>`
}

function conditions({ run, model, device, server, link, timing }: ModelProfile): Markup {
  return html`<section id="conditions">
<h2>Conditions, and how to run this again</h2>
${pairs([
  ['command', html`<pre>${run.command}</pre>`],
  ['run', `${run.id} · started ${run.startedAt} · ${formatDuration(run.durationS)} · seed ${run.seed}`],
  ['model', `${model.file} · ${model.producer} · opset ${model.opset} · ${model.nodes} nodes`],
  ['hash of the model', html`<code>${model.hash}</code>`],
  [
    'input',
    `${model.input.name} ${model.input.type} ${model.input.dims.join('×')}: seeded noise; times do not depend on the values`,
  ],
  [
    'link',
    `${describeLink(link)}; transmission = 8 · (payload + header) / rate${link.rttMs === null ? '' : ' + round trip / 2'}`,
  ],
  [
    'timing rule',
    `${timing.rule} after warm-up, in turns; ${timing.threads} threads${timing.chosen ? '; chosen so that the whole takes about a minute' : ''}`,
  ],
  [
    'check',
    'every head and tail was compared with one run of the whole model (ONNX Runtime without optimisation) before it was timed',
  ],
  ['versions', named(run.versions)],
])}
<h3>Device</h3>
${machine(device)}
<h3>Server</h3>
${machine(server)}
</section>`
}
