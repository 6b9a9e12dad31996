import { layerTimesOption } from '#common/charts/layerTimes.ts'
import type { LayerTimes } from '#common/contract/layerTimes.ts'
import type { Comparison } from '#common/contract/result.ts'
import { significant } from '#common/units.ts'
import { threeDigits } from '../digits.ts'
import { predictionCells, predictionColumns } from '../predictionTable.ts'
import { draw } from './draw.ts'
import type { Content, Markup } from './markup.ts'
import { html } from './markup.ts'
import { reportTheme as theme } from './theme.ts'

const wide = 1160

/** Times of single layers on the device: measured in two ways, predicted beside, with the error. */
export function layerTimesSection({ layerTimes, device }: Comparison): Markup | null {
  if (!layerTimes?.rows.some(({ profile, difference }) => profile || difference)) return null
  const { rows, restMs } = layerTimes
  const row = ({ unit, profile, difference, predictedMs }: LayerTimes['rows'][number]): Markup => {
    const error = profile && predictedMs !== null && profile.ms > 0 ? predictedMs / profile.ms - 1 : null
    return html`<tr><th scope="row">${unit}</th>${cell(profile && html`${threeDigits(profile.ms)} <small>±${threeDigits(2 * profile.errorMs)}</small>`)}${cell(
      difference &&
        html`${threeDigits(difference.ms)} <small>${threeDigits(difference.ci95[0])} to ${threeDigits(difference.ci95[1])}</small>`,
    )}${cell(predictedMs === null ? null : html`<span class="modelled">${threeDigits(predictedMs)}</span>`)}${cell(
      error === null ? null : `${error >= 0 ? '+' : '−'}${(100 * Math.abs(error)).toFixed(0)} %`,
    )}</tr>`
  }
  return html`<section id="layer-times">
<h2>Single layers of the unpruned network on ${device.name}</h2>
<figure>${draw(layerTimesOption(layerTimes, theme), 'layer-times', 'Time of every layer, measured and predicted', wide, 340)}
<figcaption>Solid bars are measured, by ONNX Runtime's profiler and as what a head costs more than the one that ends a layer earlier (bars: 95 % interval over rounds; the last operator and the layout of the output differ between two heads, so a difference may be below 0). Dashed bars are predicted${device.emulated ? '. Taken on an emulated device: not the time of a real board' : ''}.</figcaption></figure>
<p class="note">${basis(layerTimes)}${restMs === null ? '' : ` The profile gives ${threeDigits(restMs)} ms to no layer: conversion of the image and changes of layout.`}</p>
<div class="scroll"><table><thead><tr><th scope="col">layer</th><th scope="col" class="number">measured, profile<small>ms ± 2 standard errors</small></th><th scope="col" class="number">measured, difference<small>ms, 95 % interval</small></th><th scope="col" class="number">predicted<small>ms</small></th><th scope="col" class="number">error<small>of the profile</small></th></tr></thead><tbody>
${rows.map(row)}
</tbody></table></div>
${errorTable(layerTimes.errors)}
</section>`
}

/** Per kind of layer: how far its regressor is off on this network. */
function errorTable(errors: LayerTimes['errors']): Markup | null {
  if (!errors || errors.length === 0) return null
  const side = (index: number): Markup | null => (index === 0 ? null : html` class="number"`)
  return html`<h3>Error of the predictions per kind of layer</h3>
<div class="scroll"><table id="prediction-errors"><thead><tr>${predictionColumns.map(
    ({ title, unit }, index) =>
      html`<th scope="col"${side(index)}>${title}${unit && html`<small>${unit}</small>`}</th>`,
  )}</tr></thead><tbody>
${errors.map((one) => html`<tr>${predictionCells(one).map((text, index) => html`<td${side(index)}>${text}</td>`)}</tr>`)}
</tbody></table></div>`
}

const cell = (shown: Content): Markup => html`<td class="number">${shown ?? '–'}</td>`

function basis({ basis: kind, regressors, rows }: LayerTimes): string {
  const errors = rows.flatMap(({ profile, predictedMs }) =>
    profile && predictedMs !== null && profile.ms > 0 ? [Math.abs(predictedMs / profile.ms - 1)] : [],
  )
  const mean = errors.length > 0 ? errors.reduce((sum, error) => sum + error, 0) / errors.length : null
  const here = mean === null ? '' : ` Here the mean absolute error is ${significant(100 * mean, 2)} %.`
  if (kind === 'left out') {
    return `Predicted by regressors after Neurosurgeon, each layer from the other layers of this very network (splitbench device calibrate fits them to a sweep of layers instead).${here}`
  }
  const kinds =
    regressors?.map((one) => `${one.kind} ${significant(100 * one.mape, 2)} % (${one.samples} layers)`) ?? []
  return `Predicted by regressors after Neurosurgeon, from the calibration of this device; their mean absolute error on layers left out: ${kinds.join(', ')}.${here}`
}
