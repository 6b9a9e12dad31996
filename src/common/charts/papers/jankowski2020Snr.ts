import type { Candidate, Comparison } from '../../contract/result.ts'
import type { JsccSetting } from '../../experiment/steps.ts'
import { jsccSetting } from '../../experiment/steps.ts'
import { significant } from '../../units.ts'
import { valueAxis } from '../axes.ts'
import { pointOrder } from '../series.ts'
import type { ChartTheme } from '../theme.ts'
import { slotColour, slotDash, slotMarker } from '../theme.ts'
import type { Cell, Drawing } from './drawing.ts'
import { sheet, spans } from './drawing.ts'
import type { OneModel } from './oneModel.ts'
import { oneModelOver } from './oneModel.ts'
import { describeSetting, nothingToShow, oneSetting, spreadOf } from './records.ts'

/** A model of jscc: one SNR, for which it was trained and at which it is judged. */
interface Model extends JsccSetting {
  candidate: Candidate
  symbols: number
}

/** A line of the figure: accuracy over SNR, everything else fixed. */
interface Line {
  point: string
  name: string
  ratio: number
  symbols: number
  spots: { snr: number; accuracy: NonNullable<ReturnType<typeof spreadOf>> }[]
  /** Its models at other SNRs than their own. */
  over: OneModel[]
}

function modelsOf(comparisons: readonly Comparison[]): Model[] {
  const models = comparisons.flatMap(({ candidates }) =>
    candidates.flatMap((candidate): Model[] => {
      const setting = candidate.framework === 'jscc' ? jsccSetting(candidate.step) : null
      return setting && candidate.symbols !== undefined ? [{ ...setting, candidate, symbols: candidate.symbols }] : []
    }),
  )
  if (models.length > 0) return models
  return nothingToShow('no candidate of jscc', 'Compare with --frameworks jscc; the profile lab trains several SNRs.')
}

function lineOf(point: string, name: string, models: readonly Model[]): Line {
  const snrs = [...new Set(models.map(({ snr }) => snr))].sort((a, b) => a - b)
  const [{ ratio, symbols }] = models as [Model]
  const ofSnr = (snr: number): Candidate[] => models.filter((one) => one.snr === snr).map(({ candidate }) => candidate)
  return {
    ...{ point, name, ratio, symbols },
    over: snrs.flatMap((snr) => oneModelOver(snr, ofSnr(snr)) ?? []),
    spots: snrs.map((snr) => ({
      snr,
      accuracy: spreadOf(ofSnr(snr).map(({ accuracy }) => accuracy))!,
    })),
  }
}

const at = (models: readonly Model[], point: string): Model[] =>
  models.filter(({ candidate }) => candidate.partitionPoint === point)
const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => b - a)

/**
 * Jankowski et al. (SPAWC 2020), Figure 4: accuracy over SNR for several pruning ratios; per cut the widest code of the
 * records (the paper: 2048 symbols behind pool2, 128 behind pool4).
 */
export function jankowski2020Figure4(records: readonly Comparison[]): Drawing {
  const comparisons = oneSetting(records)
  const models = modelsOf(comparisons)
  const panels = pointOrder(comparisons[0]!).flatMap((point) => {
    const own = at(models, point)
    const [share] = distinct(own.map((one) => one.share))
    const widest = own.filter((one) => one.share === share)
    const lines = distinct(widest.map(({ ratio }) => ratio)).map((ratio) =>
      lineOf(
        point,
        `ratio ${ratio}`,
        widest.filter((one) => one.ratio === ratio),
      ),
    )
    return lines.length > 0 ? [{ point, lines, title: `${point}, ${widest[0]!.symbols} symbols` }] : []
  })
  return drawing(comparisons, panels, 'Accuracy over SNR by the share of filters that stays before the cut')
}

/** The published cut and ratio; where the records lack them, the nearest. */
const published = { point: 'pool2', ratio: 0.5 }

/** Jankowski et al. (SPAWC 2020), Figure 5: accuracy over SNR for several bandwidths, one cut and one pruning ratio. */
export function jankowski2020Figure5(records: readonly Comparison[]): Drawing {
  const comparisons = oneSetting(records)
  const models = modelsOf(comparisons)
  const points = pointOrder(comparisons[0]!).filter((point) => at(models, point).length > 0)
  const point = points.includes(published.point) ? published.point : points[0]!
  const own = at(models, point)
  const [ratio] = [...new Set(own.map((one) => one.ratio))].sort(
    (a, b) => Math.abs(a - published.ratio) - Math.abs(b - published.ratio),
  )
  const pruned = own.filter((one) => one.ratio === ratio)
  const lines = distinct(pruned.map(({ symbols }) => symbols)).map((symbols) =>
    lineOf(
      point,
      `${symbols} symbols`,
      pruned.filter((one) => one.symbols === symbols),
    ),
  )
  const macs = Math.min(...pruned.map(({ candidate }) => candidate.headMacs))
  return drawing(
    comparisons,
    [{ point, lines, title: `${point}, ratio ${ratio}, from ${significant(macs / 1e6)} MMACs` }],
    'Accuracy over SNR by the number of symbols',
  )
}

interface Panel {
  point: string
  title: string
  lines: Line[]
}

function drawing(comparisons: readonly Comparison[], panels: readonly Panel[], title: string): Drawing {
  const across = Math.min(3, panels.length)
  const down = Math.ceil(panels.length / across)
  const [width, height] = [Math.max(760, 400 * across), 150 + 360 * down]
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))]
  const snrs = distinct(panels.flatMap(({ lines }) => lines.flatMap(({ spots }) => spots.map(({ snr }) => snr))))
  const over = panels.flatMap(({ lines }) => lines.flatMap((line) => line.over))
  const reach = [...snrs, ...over.flatMap(({ spots }) => spots.map(({ snr }) => snr))]
  const [low, high] = [Math.min(...reach), Math.max(...reach)]
  const baseline = spreadOf(comparisons.map((one) => one.baseline.accuracy))!.mean
  return {
    ...{ width, height, columns },
    rows: panels.flatMap(({ point, lines }) =>
      lines.flatMap(({ ratio, symbols, spots, over: models }) =>
        [
          ...spots.map((spot) => ({ ...spot, trainedAt: spot.snr })),
          ...models.flatMap(({ trainedAt, spots: others }) =>
            others.filter(({ snr }) => snr !== trainedAt).map((spot) => ({ ...spot, trainedAt })),
          ),
        ].map(({ snr, accuracy, trainedAt }): Cell[] => [
          ...[point, ratio, symbols, snr, accuracy.mean, accuracy.min, accuracy.max, accuracy.seeds, baseline],
          trainedAt,
        ]),
      ),
    ),
    option(theme: ChartTheme) {
      const unpruned = 'unpruned, no channel'
      const { base, boxes } = sheet(theme, {
        ...{ title, names: [...names, ...(over.length > 0 ? [oneModel] : []), unpruned], width, height, across, down },
        caption: [
          `${describeSetting(comparisons)}. Every mark is a model of its own, trained and judged at its SNR, ten draws of the noise; means over the seeds, bars their range.`,
          ...(snrs.length === 1
            ? [`These records hold one SNR (${snrs[0]} dB) only: other SNRs were not run, and their cells are empty.`]
            : []),
          ...(over.length > 0 ? [describeOver(comparisons)] : []),
          'Published: curves without numbers; nothing hollow can be drawn.',
        ],
      })
      const accuracies = panels.flatMap(({ lines }) =>
        lines.flatMap(({ spots, over: models }) =>
          [...spots, ...models.flatMap((model) => model.spots)].flatMap(({ accuracy: { min, max } }) => [min, max]),
        ),
      )
      const percent = (value: number): string => `${significant(100 * value)} %`
      return {
        ...base,
        grid: boxes.slice(0, panels.length),
        xAxis: panels.map((panel, gridIndex) => ({
          ...valueAxis(theme, `SNR, dB — ${panel.title}`, (value) => String(value), 'below'),
          ...{ gridIndex, min: low - 1, max: high + 1, axisLine: { show: true, onZero: false } },
          axisLabel: { color: theme.ink, fontSize: 11, customValues: distinct([low, ...snrs, high]) },
        })),
        yAxis: panels.map((_, gridIndex) => ({
          ...valueAxis(theme, gridIndex % across === 0 ? 'accuracy on test images' : '', percent),
          min: Math.floor(20 * Math.min(baseline, ...accuracies)) / 20,
          max: Math.ceil(20 * Math.max(baseline, ...accuracies)) / 20,
          gridIndex,
        })),
        series: panels.flatMap(({ lines }, index) => {
          const axes = { xAxisIndex: index, yAxisIndex: index }
          return [
            ...lines.flatMap(({ name, spots, over: models }) => {
              const slot = names.indexOf(name)
              return [
                ...models.map((model) => ({
                  ...{ ...axes, name: oneModel, type: 'line' as const, symbol: 'none' },
                  data: model.spots.map(({ snr, accuracy }) => [snr, accuracy.mean]),
                  itemStyle: { color: slotColour(theme, slot) },
                  lineStyle: { color: slotColour(theme, slot), type: 'dashed' as const, width: 1.2 },
                })),
                {
                  ...{
                    ...axes,
                    name,
                    type: 'line' as const,
                    ...slotMarker(theme, slot),
                    symbolSize: 8,
                    showAllSymbol: true,
                  },
                  data: spots.map(({ snr, accuracy }) => [snr, accuracy.mean]),
                  lineStyle: { color: slotColour(theme, slot), type: slotDash(slot), width: 2 },
                },
                spans(
                  name,
                  spots.flatMap(({ snr, accuracy: { min, max, seeds } }) =>
                    seeds > 1 ? [[snr, min, max] as const] : [],
                  ),
                  slotColour(theme, slot),
                  axes,
                ),
              ]
            }),
            {
              ...{ ...axes, name: unpruned, type: 'line' as const, symbol: 'none', itemStyle: { color: theme.ink } },
              data: [
                [low - 1, baseline],
                [high + 1, baseline],
              ],
              lineStyle: { color: theme.ink, type: 'dashed' as const, width: 1.5 },
            },
          ]
        }),
      }
    },
  }
}

const oneModel = 'one model, other channel'

function describeOver(comparisons: readonly Comparison[]): string {
  const counts = comparisons.flatMap(({ candidates }) =>
    candidates.flatMap(({ framework, overChannels }) =>
      framework === 'jscc' && overChannels ? [overChannels.images] : [],
    ),
  )
  return `Dashed: one model at other SNRs than its own, its encoder unchanged; as the difference to its own SNR, on ${Math.min(...counts)} of the test images.`
}

const columns: readonly string[] = [
  'partition_point',
  'share_of_filters_kept',
  'real_symbols_per_image',
  'snr_db',
  'accuracy_fraction_mean',
  'accuracy_fraction_min',
  'accuracy_fraction_max',
  'seeds',
  'unpruned_accuracy_fraction',
  'trained_at_snr_db',
]
