import type { Comparison } from '#common/contract/result.ts'
import { checklist } from '#common/orderings/checklist.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'

/** What papers say of how things stand to each other, beside what was observed: those that do not hold too. */
export function orderingsSection(comparison: Comparison): Markup | null {
  const rows = checklist(comparison)
  const told = rows.filter(({ holds }) => holds !== null)
  if (told.length === 0) return null
  const left = rows.length - told.length
  return html`<section id="orderings">
<h2>Orderings of the papers</h2>
<p class="note">What was published comes from other networks, trainings and machines: orders and ratios can be compared, milliseconds cannot.${left > 0 && ` ${left} more cannot be judged by this run.`}</p>
<div class="scroll"><table><thead><tr><th scope="col">framework</th><th scope="col">claim</th><th scope="col">here</th><th scope="col">observed</th><th scope="col">published</th></tr></thead><tbody>
${told.map(
  ({ framework, claim, holds, observed, published }) =>
    html`<tr><td>${framework}</td><td>${claim}</td><td>${holds ? 'holds' : html`<b>does not hold</b>`}</td><td>${observed}</td><td><small>${published}</small></td></tr>`,
)}
</tbody></table></div>
</section>`
}
