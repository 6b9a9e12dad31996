import type { Comparison, Conditions, DeviceInfo } from '#common/contract/result.ts'
import { commandToRepeat } from '#common/experiment/fullCommand.ts'
import { describeLink } from '#common/latency/links.ts'
import { describeRule } from '#common/measurement/rule.ts'
import { formatBytes, formatDuration, formatMacs, significant } from '#common/units.ts'
import type { Content, Markup } from './markup.ts'
import { html } from './markup.ts'

export const pairs = (rows: readonly (readonly [string, Content])[]): Markup =>
  html`<dl class="pairs">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`

export const named = (values: Record<string, string | number>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ')

/** Everything that it takes to run the comparison again, and to judge its times. */
export function reproducibility(comparison: Comparison): Markup {
  const { run, dataset, network, baseline, device, server, link, gamma, timing, maxLoss } = comparison
  return html`<section id="conditions">
<h2>Conditions, and how to run this again</h2>
${pairs([
  ['command', html`<pre>${commandToRepeat(run)}</pre>`],
  ...(commandToRepeat(run) === run.command ? [] : ([['as typed', html`<pre>${run.command}</pre>`]] as const)),
  [
    'run',
    `${run.id} · started ${run.startedAt} · ${formatDuration(run.durationS)}${run.resumed > 0 ? ` · resumed ${run.resumed === 1 ? 'once' : `${run.resumed} times`}` : ''}`,
  ],
  ['profile, seed', `${run.profile} · seed ${run.seed}`],
  ['configuration', html`<code>${run.configHash}</code>`],
  [
    'images',
    `${dataset.name} · ${dataset.train} training, ${dataset.validation} validation, ${dataset.test} test · ${dataset.classes} classes · ${dataset.size} × ${dataset.size}`,
  ],
  ['hash of the images', html`<code>${dataset.hash}</code>`],
  ...dataset.notes.map((note) => ['note', note] as const),
  [
    'network',
    `${network.name}, width ${network.width} · ${formatMacs(network.macs)} MACs · ${formatMacs(network.parameters)} parameters`,
  ],
  [
    'baseline',
    `${(baseline.accuracy * 100).toFixed(1)} % on test images, ${(baseline.validationAccuracy * 100).toFixed(1)} % on validation images, ${baseline.curve.length} epochs`,
  ],
  ['weights of the baseline', html`<code>${baseline.weightsHash}</code>`],
  [
    'accuracy bound',
    `at most ${significant(maxLoss * 100)} points below the unpruned baseline, on validation images; test images decide nothing`,
  ],
  [
    'link',
    `${describeLink(link)}; transmission = 8 · (payload + header) / rate${link.rttMs === null ? '' : ' + round trip / 2'}`,
  ],
  [
    'timing rule',
    `${describeRule(timing)} after warm-up, candidates in turns; batch ${timing.batch}${timing.batch > 1 ? ' (times per image)' : ''}, ${timing.threads} threads; median with its 95 % interval from order statistics over rounds`,
  ],
  [
    'device times',
    gamma === null ? 'taken on the device' : `modelled: γ = ${significant(gamma)} × the times on the server's machine`,
  ],
  ['versions', named(run.versions)],
  ['numeric fingerprint', named(run.fingerprint)],
])}
<h3>Device</h3>
${machine(device)}
<h3>Server</h3>
${machine(server)}
</section>`
}

export const machine = (info: DeviceInfo): Markup => html`${pairs([
  ['name', `${info.name} (${info.kind}${info.emulated ? ', emulated' : ''})`],
  [
    'hardware',
    [
      info.board,
      info.cpu,
      `${info.cores} cores`,
      info.arch,
      info.memoryBytes === null ? null : formatBytes(info.memoryBytes),
    ]
      .filter(Boolean)
      .join(' · '),
  ],
  ['system', `${info.os} · kernel ${info.kernel}`],
  ['runtime', `${info.runtime} · agent ${info.agent}`],
  ...(info.conditions ? [] : ([['conditions', 'not read: nothing was timed on it']] as const)),
])}
${info.conditions && conditionsTable(info.conditions)}`

function conditionsTable({ before, after, during }: NonNullable<DeviceInfo['conditions']>): Markup {
  const shown = (value: number | string | null, unit = ''): string =>
    value === null ? 'not told' : `${typeof value === 'number' ? significant(value, 4) : value}${unit && ` ${unit}`}`
  const row = (title: string, one: Conditions): Markup =>
    html`<tr><th scope="row">${title}</th><td class="number">${shown(one.clockMhz, 'MHz')}</td><td class="number">${shown(one.temperatureC, '°C')}</td><td>${shown(one.governor)}</td><td>${shown(one.throttled)}</td><td class="number">${shown(one.load1)}</td><td class="number">${shown(one.otherCores, 'cores')}</td></tr>`
  return html`<div class="scroll"><table><thead><tr><th scope="col">while timing</th><th scope="col" class="number">clock</th><th scope="col" class="number">temperature</th><th scope="col">governor</th><th scope="col">throttled</th><th scope="col" class="number">load</th><th scope="col" class="number">other work</th></tr></thead><tbody>${row('before', before)}${during.length > 0 && row(`at ${significant(during[during.length >> 1]!.atS)} s, one of ${during.length} readings`, during[during.length >> 1]!.conditions)}${row('after', after)}</tbody></table></div>`
}
