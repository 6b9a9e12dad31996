import { accuracyLatencyOption } from '#common/charts/accuracyLatency.ts'
import { deviceTimes, deviceTimesOption } from '#common/charts/deviceTimes.ts'
import { bestCutBars, bestCutBarsOption, pointBarsOption } from '#common/charts/latencyBars.ts'
import { cumulativeMacsOption, transmissionWorkloadOption } from '#common/charts/layerCharts.ts'
import { lineSeries } from '#common/charts/series.ts'
import type { Comparison, Time } from '#common/contract/result.ts'
import { comparedLinks, describeLink } from '#common/latency/links.ts'
import { significant } from '#common/units.ts'
import { baselineCandidate } from '../baseline.ts'
import { draw } from './draw.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'
import { reportTheme as theme } from './theme.ts'

const wide = 1160
const half = 570

const figure = (title: string, drawing: Markup, caption: Markup | string): Markup =>
  html`<figure><h3>${title}</h3>${drawing}<figcaption>${caption}</figcaption></figure>`

const sources: readonly Time['source'][] = ['measured', 'emulated', 'modelled']

/** The central picture of the two-step paper (Shi et al. 2019, Figure 3), with this comparison's networks. */
export function layerFigures(comparison: Comparison): Markup {
  const raw = comparison.dataset.size ** 2 * 3
  return html`<section id="layers">
<h2>What crosses the link, and what the device computes, layer by layer</h2>
<p class="note">After Shi et al. 2019, Figure 3: the unpruned network, the network after step 1, and for each cut the network that step 2 pruned for it. A marker without neighbours has no line; a point without a marker was not reached (see the empty cells).</p>
${figure(
  'Transmission workload',
  draw(
    transmissionWorkloadOption(comparison, theme),
    'workload',
    'Payload per image at every layer, log scale',
    wide,
    360,
  ),
  `Bytes of one image's features when the network is cut after the layer, header apart. 8 bit: one byte per element. Below the line of the raw image (${raw} B), cutting sends less than sending the image.`,
)}
${figure(
  'Cumulative computation',
  draw(cumulativeMacsOption(comparison, theme), 'macs', 'Multiply-accumulates up to every layer', wide, 330),
  'Multiply-accumulates (MACs; 1 MAC = 2 FLOPs) of convolutions and dense layers for one image, up to and including the layer: the work of the device when cut there.',
)}
${sources
  .filter((source) => deviceTimes(comparison, source).lines.length > 0)
  .map((source) =>
    figure(
      `Cumulative computation time on the device, ${source}`,
      draw(
        deviceTimesOption(comparison, source, theme),
        `time-${source}`,
        `Device time up to every layer, ${source}`,
        wide,
        330,
      ),
      source === 'modelled'
        ? modelledCaption(comparison)
        : `Head and byte encoding for one image, batch 1, median; bars: 95 % interval of the median.${source === 'emulated' ? ' Taken on an emulated device: not the time of a real board.' : ''}`,
    ),
  )}
</section>`
}

const modelledCaption = ({ gamma, device }: Comparison): string =>
  `Modelled: ${gamma === null ? `a simulated device (${device.cpu})` : `${significant(gamma)} × the time on the server's machine (γ)`}. Dotted lines; bars: 95 % interval of the median, scaled alike.`

/** Stacked latency: the best cut of every series on every link, and all cuts on the chosen link. */
export function latencyFigures(comparison: Comparison): Markup {
  const chosen = comparison.link
  const reference = baselineCandidate(comparison)?.byLink[chosen.name]?.endToEnd
  const series = lineSeries(comparison).filter(({ candidates }) => candidates.some(({ endToEnd }) => endToEnd !== null))
  return html`<section id="latency">
<h2>End-to-end latency</h2>
<p class="note">Composed from its parts (device + transmission + server), never measured as a whole here. Each panel has its own scale.</p>
<h3>Fastest cut within ${significant(comparison.maxLoss * 100)} points of accuracy, per link</h3>
<div class="panels">
${comparedLinks(chosen).map((link) => {
  const name = describeLink(link)
  const bars = bestCutBars(comparison, link.name)
  const empty = bars.filter(({ reason }) => reason !== null)
  return figure(
    link.name === chosen.name ? `${name} (the chosen link)` : name,
    draw(
      bestCutBarsOption(comparison, bars, theme),
      `best-${comparedLinks(chosen).indexOf(link)}`,
      `Latency of the fastest cut of every series on ${name}`,
      half,
      100 + 44 * bars.length,
    ),
    html`${empty.map(({ label, reason }) => html`${label}: ${reason}. `)}`,
  )
})}
</div>
${series.length > 0 && html`<h3>Every cut on ${describeLink(chosen)}</h3>`}
<div class="panels">
${series.map((one, index) =>
  figure(
    one.label,
    draw(
      pointBarsOption(
        comparison,
        one,
        chosen.name,
        reference ? { label: 'send the image', ms: reference.composedMs } : null,
        theme,
      ),
      `points-${index}`,
      `Latency of every cut of ${one.label}`,
      half,
      330,
    ),
    '',
  ),
)}
</div>
</section>`
}

export function tradeOffFigure(comparison: Comparison): Markup | null {
  if (!comparison.candidates.some(({ endToEnd }) => endToEnd !== null)) return null
  return html`<section id="trade-off">
<h2>Accuracy against latency</h2>
${figure(
  `On ${describeLink(comparison.link)}`,
  draw(
    accuracyLatencyOption(comparison, comparison.link.name, theme),
    'trade-off',
    'Accuracy of every candidate against its end-to-end latency',
    wide,
    400,
  ),
  `One marker per cut; up and to the left is better. Accuracy on ${comparison.dataset.test} test images: differences below about ${significant(testError(comparison) * 100, 2)} points (one standard error) are noise. Dashed: candidates that no other one beats in both.`,
)}
</section>`
}

/** Standard error of an accuracy on this many images. */
const testError = ({ baseline, dataset }: Comparison): number =>
  Math.sqrt((baseline.accuracy * (1 - baseline.accuracy)) / dataset.test)
