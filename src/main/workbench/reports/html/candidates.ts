import { bestCuts, placed } from '#common/charts/bestCuts.ts'
import { chartSeries, pointOrder, stepTitle } from '#common/charts/series.ts'
import type { Candidate, Comparison, Time, Verdict } from '#common/contract/result.ts'
import { describeLink } from '#common/latency/links.ts'
import { describeVersus } from '#common/measurement/versus.ts'
import { formatMacs, significant } from '#common/units.ts'
import { baselineCandidate } from '../baseline.ts'
import { plusMinus, threeDigits } from '../digits.ts'
import type { Content, Markup } from './markup.ts'
import { html } from './markup.ts'

interface Cell {
  /** What sorting compares; null sorts last. */
  value: string | number | null
  shown: Content
}

interface Column {
  title: string
  unit?: string
  /** Sorted as numbers. */
  numeric: boolean
  /** Numbers stand on the right; a point is sorted by its place in the network, but is a word. */
  right: boolean
  cell: (candidate: Candidate) => Cell
}

/** The table of all candidates; the baseline is pinned on top and every other row may be sorted. */
export function candidateTable(comparison: Comparison): Markup {
  const columns = candidateColumns(comparison)
  const pinned = baselineCandidate(comparison)
  const best = new Set(bestCuts(comparison, comparison.link.name).map(({ candidate }) => candidate?.id))
  const order = pointOrder(comparison)
  const rows = placed(comparison, comparison.candidates, comparison.link.name).filter(
    ({ candidate }) => candidate !== pinned,
  )
  rows.sort((a, b) => order.indexOf(a.candidate.partitionPoint) - order.indexOf(b.candidate.partitionPoint))
  const row = (candidate: Candidate): Markup[] =>
    columns.map(({ right, cell }) => {
      const { value, shown } = cell(candidate)
      return html`<td${right ? html` class="number"` : null} data-value="${value}">${shown}</td>`
    })
  return html`<section id="candidates">
<h2>All candidates</h2>
<p class="note">Link: ${describeLink(comparison.link)}. Times in ms, batch 1: median ± the wider side of its 95 % interval; the interval, the number of runs and p95 in the tooltip. <b>Bold</b>: fastest of its kind within the accuracy bound; <span class="outside">grey</span>: outside of the bound (validation images decide). ${
    pinned
      ? 'The row on top is the baseline of the gains: the image is sent and the unpruned network runs on the server (only-splitting at input), which is what one has before any split. Press a heading to sort.'
      : 'There is no only-splitting candidate at input, so no gains are given. Press a heading to sort.'
  }</p>
<div class="scroll"><table class="candidates">
<thead><tr>${columns.map(
    ({ title, unit, numeric, right }) =>
      html`<th${right ? html` class="number"` : null} scope="col"${numeric ? html` data-numeric` : null}><button type="button">${title}</button>${unit && html`<small>${unit}</small>`}</th>`,
  )}</tr></thead>
${pinned && html`<tbody class="pinned"><tr>${row(pinned)}</tr></tbody>`}
<tbody class="rows">
${rows.map(({ candidate, loss }) => {
  const style = best.has(candidate.id) ? 'best' : loss > comparison.maxLoss ? 'outside' : ''
  return html`<tr class="${style}">${row(candidate)}</tr>\n`
})}</tbody>
</table></div>
</section>`
}

/** Only where something is known of it; how it is known stands in the heading. */
function energyColumns({ candidates }: Comparison, number: NumberColumn): Column[] {
  const known = candidates.find(({ energy }) => energy !== null)?.energy
  if (!known) return []
  const computing = `mJ, ${known.source === 'measured' ? `measured by ${known.meter}` : `modelled, ${known.activeW} W`}`
  const columns = [number('device energy', computing, ({ energy }) => energy?.perRunMj ?? null, threeDigits)]
  if (known.radioMj === null) return columns
  return [...columns, number('radio energy', 'mJ, modelled', ({ energy }) => energy?.radioMj ?? null, threeDigits)]
}

type NumberColumn = (
  title: string,
  unit: string | undefined,
  value: (candidate: Candidate) => number | null,
  shown: (value: number) => Content,
) => Column

function candidateColumns(comparison: Comparison): Column[] {
  const reference = baselineCandidate(comparison)?.endToEnd ?? null
  const slots = new Map(
    chartSeries(comparison).flatMap(({ slot, candidates }) => candidates.map(({ id }) => [id, slot] as const)),
  )
  const order = pointOrder(comparison)
  const number: NumberColumn = (title, unit, value, shown) => ({
    title,
    unit,
    numeric: true,
    right: true,
    cell: (candidate) => {
      const own = value(candidate)
      return { value: own, shown: own === null ? '–' : shown(own) }
    },
  })
  return [
    {
      title: 'framework',
      numeric: false,
      right: false,
      cell: ({ id, framework, step }) => ({
        value: `${framework} ${step ?? ''}`,
        shown: html`<span class="key" style="background:var(--series-${(slots.get(id) ?? 0) % 8})"></span>${framework}${step && ` · ${stepTitle(step)}`}`,
      }),
    },
    {
      title: 'cut',
      numeric: true,
      right: false,
      cell: ({ partitionPoint }) => ({ value: order.indexOf(partitionPoint), shown: partitionPoint }),
    },
    { title: 'codec', numeric: false, right: false, cell: ({ codec }) => ({ value: codec, shown: codec }) },
    number(
      'accuracy',
      '%',
      ({ accuracy }) => accuracy,
      (value) => (value * 100).toFixed(1),
    ),
    number(
      'loss',
      'points',
      ({ accuracyLoss }) => accuracyLoss,
      (value) => (value * 100).toFixed(1),
    ),
    number('device MACs', undefined, ({ headMacs }) => headMacs, formatMacs),
    number(
      'payload',
      'B',
      ({ payloadBytes }) => payloadBytes,
      (value) => significant(value, 4),
    ),
    ...timeColumns(comparison, 'device', ({ deviceMs }) => deviceMs),
    number('link', 'ms', ({ transmissionMs }) => transmissionMs, threeDigits),
    ...timeColumns(comparison, 'server', ({ serverMs }) => serverMs),
    {
      title: 'end to end',
      unit: 'ms, composed',
      numeric: true,
      right: true,
      cell: ({ endToEnd }) => ({
        value: endToEnd?.composedMs ?? null,
        shown: endToEnd
          ? html`<span title="95 % interval ${bounds(endToEnd.ci95)} ms">${threeDigits(endToEnd.composedMs)} <small>${plusMinus(endToEnd.composedMs, endToEnd.ci95)}</small></span>`
          : html`<span title="device or server was not timed">–</span>`,
      }),
    },
    ...(comparison.candidates.some(({ endToEnd }) => endToEnd?.measuredMs != null)
      ? [number('end to end', 'ms, measured', ({ endToEnd }) => endToEnd?.measuredMs ?? null, threeDigits)]
      : []),
    ...energyColumns(comparison, number),
    ...(comparison.candidates.some(({ trainingBudget }) => trainingBudget)
      ? [
          number(
            'training',
            'image-epochs of its framework',
            ({ trainingBudget }) => trainingBudget ?? null,
            formatMacs,
          ),
        ]
      : []),
    ...(reference
      ? [
          number(
            'gain',
            '× baseline',
            ({ endToEnd }) => (endToEnd ? reference.composedMs / endToEnd.composedMs : null),
            (value) => `${threeDigits(value)}×`,
          ),
        ]
      : []),
    ...(comparison.candidates.some(({ verdicts }) => verdicts?.best)
      ? [
          {
            title: 'against the best',
            unit: 'end to end; ≈: no significant difference',
            numeric: true,
            right: true,
            cell: ({ verdicts }: Candidate): Cell => ({
              value: verdicts?.best?.ratio ?? null,
              shown: verdicts?.best ? againstBest(verdicts.best) : '–',
            }),
          },
        ]
      : []),
  ]
}

/** "+31 %", or "≈" where the difference is not significant; the words with the interval in the tooltip. */
const againstBest = (verdict: Verdict): Markup =>
  html`<span title="${describeVersus(verdict)}, ${verdict.paired ? 'round by round' : 'timed apart'}">${
    verdict.faster === null
      ? '≈'
      : `${verdict.ratio >= 1 ? '+' : '−'}${significant(100 * Math.abs(verdict.ratio - 1))} %`
  }</span>`

/** One column per kind of time that occurs: measured and modelled never stand in one column. */
function timeColumns(
  { candidates, gamma }: Comparison,
  side: string,
  time: (candidate: Candidate) => Time | null,
): Column[] {
  const kinds = [...new Set(candidates.flatMap((candidate) => time(candidate)?.source ?? []))]
  return (kinds.length > 0 ? kinds : [undefined]).map((kind) => ({
    title: side,
    unit:
      kind === undefined
        ? 'ms, not timed'
        : `ms, ${kind}${kind === 'modelled' ? `, γ ${significant(gamma ?? 1)}` : ''}`,
    numeric: true,
    right: true,
    cell: (candidate) => {
      const own = time(candidate)
      if (!own || own.source !== kind) return { value: null, shown: html`<span title="not timed">–</span>` }
      return {
        value: own.median,
        shown: html`<span class="${own.source}" title="${own.source}: 95 % interval ${bounds(own.ci95)} ms, ${own.n} runs, p95 ${threeDigits(own.p95)} ms">${threeDigits(own.median)} <small>${plusMinus(own.median, own.ci95)}</small></span>`,
      }
    },
  }))
}

const bounds = ([low, high]: readonly [number, number]): string => `${threeDigits(low)}–${threeDigits(high)}`

/** What could not be filled, with the reasons: never an estimate. */
export function missingTable({ missing }: Comparison): Markup | null {
  if (missing.length === 0) return null
  return html`<section id="empty">
<h2>Empty cells</h2>
<p class="note">Points that a framework could not fill. Nothing was estimated in their place.</p>
<div class="scroll"><table><thead><tr><th scope="col">framework</th><th scope="col">cut</th><th scope="col">reason</th></tr></thead><tbody>
${missing.map(({ framework, step, partitionPoint, reason }) => html`<tr><td>${framework}${step && ` · ${stepTitle(step)}`}</td><td>${partitionPoint}</td><td>${reason}</td></tr>`)}
</tbody></table></div>
</section>`
}
