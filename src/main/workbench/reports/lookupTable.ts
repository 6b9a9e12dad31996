import type { Comparison } from '#common/contract/result.ts'
import { describeSpeedUp, speedUps } from '#common/lookup/speedUps.ts'
import { significant } from '#common/units.ts'
import { alignColumns } from './columns.ts'
import { threeDigits } from './digits.ts'
import type { Markup } from './html/markup.ts'
import { html } from './html/markup.ts'

const ms = (value: number | undefined): string => (value === undefined ? '–' : threeDigits(value))
const times = (value: number | null): string => (value === null ? '–' : `${significant(value)}×`)

/** Heads that look up beside the same heads as ordinary layers, for a terminal; nothing where there are none. */
export function lookupLines(comparison: Comparison): string[] {
  const rows = speedUps(comparison)
  if (rows.length === 0) return []
  const right = (title: string) => ({ title, align: 'right' as const })
  const left = (title: string) => ({ title, align: 'left' as const })
  return [
    '',
    'Heads that look products up, beside the same heads as ordinary layers (device times in ms)',
    ...alignColumns(
      [
        ...[left('cut'), left('head'), right('dense'), right('lookup'), right('measured'), right('theory')],
        ...[left('verdict'), right('smaller')],
      ],
      rows.map((row) => [
        row.candidate.partitionPoint,
        row.candidate.step ?? '',
        ms(row.dense.deviceMs?.median),
        ms(row.candidate.deviceMs?.median),
        times(row.measured),
        times(row.theoretical),
        describeSpeedUp(row),
        times(row.smaller),
      ]),
    ),
    'measured: dense / lookup; theory: if a look-up with its addition took as long as a multiply-accumulate. One thread.',
  ]
}

/** The same for the report. */
export function lookupSection(comparison: Comparison): Markup | null {
  const rows = speedUps(comparison)
  if (rows.length === 0) return null
  const { device } = comparison
  const number = (shown: string): Markup => html`<td class="number">${shown}</td>`
  const heading = (title: string, unit: string): Markup =>
    html`<th scope="col" class="number">${title}<small>${unit}</small></th>`
  return html`<section id="lookups">
<h2>Heads that look products up</h2>
<p class="note">The same weights twice: as ordinary layers in ONNX Runtime, and as tables of products (WebAssembly vectors, one thread). Theory counts a look-up with its addition as one multiply-accumulate; what is measured decides. Times of ${device.name}, byte coding included${device.emulated ? '; emulated: not the time of a real board' : ''}.</p>
<div class="scroll"><table><thead><tr><th scope="col">framework</th><th scope="col">cut</th>${heading('dense', 'ms')}${heading('lookup', 'ms')}${heading('measured', 'dense / lookup')}${heading('theory', 'MACs / (MACs + look-ups)')}<th scope="col">verdict</th>${heading('smaller', '32-bit weights / words and assignments')}${heading('features', 'largest difference, of the largest')}</tr></thead><tbody>
${rows.map(
  (row) =>
    html`<tr><th scope="row">${row.candidate.framework}${row.candidate.step && ` · ${row.candidate.step}`}</th><td>${row.candidate.partitionPoint}</td>${number(ms(row.dense.deviceMs?.median))}${number(ms(row.candidate.deviceMs?.median))}${number(times(row.measured))}${number(times(row.theoretical))}<td>${describeSpeedUp(row)}</td>${number(times(row.smaller))}${number(row.candidate.lookup!.error.toExponential(1))}</tr>`,
)}
</tbody></table></div>
</section>`
}
