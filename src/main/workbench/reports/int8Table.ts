import type { Comparison } from '#common/contract/result.ts'
import type { BesideFloat } from '#common/int8/beside.ts'
import { int8BesideFloat } from '#common/int8/beside.ts'
import { describeSpeedUp } from '#common/lookup/speedUps.ts'
import { formatBytes, significant } from '#common/units.ts'
import { alignColumns } from './columns.ts'
import { threeDigits } from './digits.ts'
import type { Markup } from './html/markup.ts'
import { html } from './html/markup.ts'

const ms = (value: number | undefined): string => (value === undefined ? '–' : threeDigits(value))
const times = (value: number | null): string => (value === null ? '–' : `${significant(value)}×`)
const percent = (fraction: number): string => (100 * fraction).toFixed(1)
const files = ({ int8: { floatBytes, headBytes } }: BesideFloat): string =>
  `${formatBytes(floatBytes)} → ${formatBytes(headBytes)}`

/** Heads that compute in int8 beside the same heads in float32, for a terminal; nothing where there are none. */
export function int8Lines(comparison: Comparison): string[] {
  const rows = int8BesideFloat(comparison)
  if (rows.length === 0) return []
  const right = (title: string) => ({ title, align: 'right' as const })
  const left = (title: string) => ({ title, align: 'left' as const })
  return [
    '',
    'Heads that compute in int8, beside the same heads in float32 (device times in ms)',
    ...alignColumns(
      [
        ...[left('framework'), left('cut'), left('codec'), right('float'), right('int8'), right('measured')],
        ...[left('verdict'), right('loss pt'), right('features'), right('file')],
      ],
      rows.map((row) => [
        row.candidate.framework,
        row.candidate.partitionPoint,
        row.candidate.codec,
        ms(row.float.deviceMs?.median),
        ms(row.candidate.deviceMs?.median),
        times(row.measured),
        describeSpeedUp(row),
        percent(row.loss),
        row.int8.error.toExponential(1),
        files(row),
      ]),
    ),
    'measured: float / int8; loss: of the test images, int8 against float; features: root mean square of the difference, of the features’ own.',
  ]
}

/** The same for the report. */
export function int8Section(comparison: Comparison): Markup | null {
  const rows = int8BesideFloat(comparison)
  if (rows.length === 0) return null
  const { device, timing } = comparison
  const number = (shown: string): Markup => html`<td class="number">${shown}</td>`
  const heading = (title: string, unit: string): Markup =>
    html`<th scope="col" class="number">${title}<small>${unit}</small></th>`
  return html`<section id="int8">
<h2>Heads that compute in int8</h2>
<p class="note">The same weights twice: in float32, and quantised after training (weights int8 per channel, activations uint8, ranges from training images), both in ONNX Runtime. Accuracy is that of the int8 file itself. What is measured decides; a board without instructions for sums of int8 products (Raspberry Pi 3 and 4) gains less than a computer with them. Times of ${device.name}, ${timing.threads} thread${timing.threads === 1 ? '' : 's'}, byte coding included${device.emulated ? '; emulated: not the time of a real board' : ''}.</p>
<div class="scroll"><table><thead><tr><th scope="col">framework</th><th scope="col">cut</th><th scope="col">codec</th>${heading('float32', 'ms')}${heading('int8', 'ms')}${heading('measured', 'float / int8')}<th scope="col">verdict</th>${heading('float32', 'accuracy, %')}${heading('int8', 'accuracy, %')}${heading('features', 'RMS of the difference')}${heading('file', 'float → int8')}</tr></thead><tbody>
${rows.map(
  (row) =>
    html`<tr><th scope="row">${row.candidate.framework}${row.candidate.step && ` · ${row.candidate.step}`}</th><td>${row.candidate.partitionPoint}</td><td>${row.candidate.codec}</td>${number(ms(row.float.deviceMs?.median))}${number(ms(row.candidate.deviceMs?.median))}${number(times(row.measured))}<td>${describeSpeedUp(row)}</td>${number(percent(row.float.accuracy))}${number(percent(row.candidate.accuracy))}${number(row.int8.error.toExponential(1))}${number(files(row))}</tr>`,
)}
</tbody></table></div>
</section>`
}
