import type { Comparison } from '#common/contract/result.ts'
import { significant } from '#common/units.ts'
import { shi2019Table } from '../shi2019Table.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'

const ratio = (value: number | null): string => (value === null ? '–' : `${significant(value)}×`)

/** This run beside the figures of the two-step paper; null where two-step was not compared. */
export function paperSection(comparison: Comparison): Markup | null {
  if (!comparison.candidates.some(({ framework }) => framework === 'two-step')) return null
  const { rows } = shi2019Table(comparison)
  return html`<section id="shi-2019">
<h2>Beside the figures of the two-step paper</h2>
<p class="note">Shi et al., INFOCOM Workshops 2019, VGG16 on CIFAR-10; ratios unpruned / pruned. "Reconstructed" is computed from the authors' logs or from other published figures and was not found in print. The published figures come from full width, other training and another machine: ratios can be compared, milliseconds cannot.</p>
<div class="scroll"><table><thead><tr><th scope="col">quantity</th><th scope="col" class="number">reached here</th><th scope="col">at</th><th scope="col" class="number">published</th><th scope="col" class="number">reconstructed</th><th scope="col">source</th></tr></thead><tbody>
${rows.map(
  (row) =>
    html`<tr><td>${row.quantity}</td><td class="number">${ratio(row.reached)}</td><td>${row.at}${row.note && html`<small>${row.note}</small>`}</td><td class="number">${ratio(row.published)}</td><td class="number">${ratio(row.reconstructed)}</td><td>${row.publishedIn && html`<small>published: ${row.publishedIn}</small>`}${row.reconstructedFrom && html`<small>reconstructed: ${row.reconstructedFrom}</small>`}</td></tr>`,
)}
</tbody></table></div>
</section>`
}
