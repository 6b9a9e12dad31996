import type { EChartsOption } from 'echarts'
import { frame, legend, valueAxis } from '#common/charts/axes.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { Metric } from '#common/contract/job.ts'
import type { FeatureSpread } from '#common/contract/trainer.ts'
import { formatPercent, significant } from '#common/units.ts'
import type { ExportTable } from '../export/table.ts'
import type { LiveLine } from './live.ts'
import { Thinned } from './thinned.ts'

type Metrics = ReadonlyMap<string, readonly Metric[]>

/** Of single steps, within epochs. */
export const stepStage = 'baseline/steps'

/** A quantity of single steps, within epochs. */
interface StepQuantity {
  key: string
  name: string
  slot: number
}
export const stepLoss: StepQuantity = { key: 'loss', name: 'loss of the step', slot: 0 }
export const stepRate: StepQuantity = { key: 'rate', name: 'learning rate', slot: 3 }

/** Every point, for files. */
export function stepLines(metrics: Metrics, { key, name, slot }: StepQuantity): LiveLine[] {
  const points = (metrics.get(stepStage) ?? []).flatMap(({ step, values }): [number, number][] =>
    values[key] === undefined ? [] : [[step, values[key]]],
  )
  return points.length > 0 ? [{ stage: stepStage, name, slot, points }] : []
}

/**
 * As many points as can be seen. What was thinned before is not looked at again, so that a live curve of any length keeps
 * up; and where the new points change nothing that is drawn, the answer is the very one of before.
 */
export function thinnedStepLines(metrics: Metrics, { key, name, slot }: StepQuantity): LiveLine[] {
  const all = metrics.get(stepStage)
  if (!all) return []
  const kept = thinnedOf(all, key)
  for (; kept.taken < all.length; kept.taken++) {
    const { step, values } = all[kept.taken]!
    if (values[key] !== undefined) kept.curve.add(step, values[key])
  }
  const points = kept.curve.points()
  if (kept.lines[0]?.points !== points) kept.lines = points.length > 0 ? [{ stage: stepStage, name, slot, points }] : []
  return kept.lines
}

interface Kept {
  curve: Thinned
  /** Points of the array that are in it. */
  taken: number
  lines: LiveLine[]
}
/** By the array that a view's fold appends to; a curve that was changed in its middle is another array. */
const thinned = new WeakMap<readonly Metric[], Map<string, Kept>>()

function thinnedOf(all: readonly Metric[], key: string): Kept {
  const ofArray = thinned.get(all) ?? new Map<string, Kept>()
  const kept = ofArray.get(key) ?? { curve: new Thinned(), taken: 0, lines: [] }
  thinned.set(all, ofArray.set(key, kept))
  return kept
}

export interface ChannelHeat {
  layers: string[]
  iterations: number[]
  /** Channels left, by iteration and layer; `share` of those that the layer began with. */
  cells: { iteration: number; layer: string; channels: number; share: number }[]
}

const channelsPrefix = 'filters/'

/** Channels left per layer over the iterations of a pruning. */
export function channelHeat(metrics: Metrics): ChannelHeat {
  const tries = [...(metrics.get('prune') ?? [])].sort((a, b) => a.step - b.step)
  const layers = Object.keys(tries[0]?.values ?? {}).flatMap((key) =>
    key.startsWith(channelsPrefix) ? [key.slice(channelsPrefix.length)] : [],
  )
  const first = tries[0]?.values ?? {}
  return {
    layers,
    iterations: tries.map(({ step }) => step),
    cells: tries.flatMap(({ step, values }) =>
      layers.flatMap((layer) => {
        const channels = values[channelsPrefix + layer]
        const begun = first[channelsPrefix + layer]
        return channels === undefined || !begun ? [] : [{ iteration: step, layer, channels, share: channels / begun }]
      }),
    ),
  }
}

/** Black or white, whichever is read better on a share's colour. */
const inkOn = (share: number, dark: boolean): string => (share > 0.55 !== dark ? '#ffffff' : '#101418')

export function channelHeatOption(
  { layers, iterations, cells }: ChannelHeat,
  theme: ChartTheme,
  dark: boolean,
): EChartsOption {
  return {
    ...frame(theme),
    grid: { top: 10, left: 64, right: 16, bottom: 44 },
    xAxis: {
      type: 'category',
      data: iterations.map(String),
      name: 'pruning iteration',
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: theme.muted, fontSize: 12 },
      axisLabel: { color: theme.ink, fontSize: 11 },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    yAxis: {
      type: 'category',
      data: [...layers].reverse(),
      axisLabel: { color: theme.ink, fontSize: 11, interval: 0 },
      axisTick: { show: false },
      axisLine: { show: false },
    },
    // From the surface to one blue: share of the channels that are left. A cell says its number, too.
    visualMap: {
      show: false,
      min: 0,
      max: 1,
      dimension: 2,
      inRange: { color: dark ? ['#1d2a36', '#9ad4f5'] : ['#e8f1fa', '#0b5cad'] },
    },
    series: [
      {
        name: 'channels left',
        type: 'heatmap',
        data: cells.map(({ iteration, layer, channels, share }) => ({
          value: [String(iteration), layer, share],
          name: `${layer}: ${channels} channels, ${formatPercent(share)}`,
          label: { show: true, formatter: String(channels), color: inkOn(share, dark), fontSize: 11 },
        })),
        itemStyle: { borderColor: theme.surface, borderWidth: 1 },
      },
    ],
  } as EChartsOption
}

export const channelHeatTable = ({ cells }: ChannelHeat): ExportTable => ({
  name: 'channels-left',
  columns: ['iteration', 'layer', 'channels', 'share_left_fraction'],
  rows: cells.map(({ iteration, layer, channels, share }) => [iteration, layer, channels, share]),
})

export interface ScoreBoxes {
  iteration: number
  layers: { layer: string; quartiles: number[] }[]
}

const scoresPrefix = 'scores/'

/** Least score, quartiles and largest score of each layer, in one iteration; undefined: the newest. */
export function scoreBoxes(metrics: Metrics, iteration?: number): ScoreBoxes | null {
  const all = metrics.get('prune/scores') ?? []
  const one = iteration === undefined ? all.at(-1) : all.find(({ step }) => step === iteration)
  if (!one) return null
  const layers = new Map<string, number[]>()
  for (const [key, value] of Object.entries(one.values)) {
    if (!key.startsWith(scoresPrefix)) continue
    const at = key.lastIndexOf('/')
    const layer = key.slice(scoresPrefix.length, at)
    const quartiles = layers.get(layer) ?? []
    quartiles[Number(key.slice(at + 1))] = value
    layers.set(layer, quartiles)
  }
  return { iteration: one.step, layers: [...layers].map(([layer, quartiles]) => ({ layer, quartiles })) }
}

export function scoreBoxesOption({ layers }: ScoreBoxes, criterion: string, theme: ChartTheme): EChartsOption {
  return {
    ...frame(theme),
    grid: { top: 14, left: 62, right: 16, bottom: 52 },
    xAxis: {
      type: 'category',
      data: layers.map(({ layer }) => layer),
      axisLabel: { color: theme.ink, rotate: 40, interval: 0, fontSize: 11 },
      axisTick: { alignWithLabel: true },
    },
    yAxis: { ...valueAxis(theme, `score (${criterion}), larger = keep`, (value) => significant(value)), nameGap: 46 },
    series: [
      {
        name: 'scores',
        type: 'boxplot',
        data: layers.map(({ quartiles }) => quartiles),
        boxWidth: [6, 22],
        itemStyle: { color: theme.surface, borderColor: theme.series[0]!, borderWidth: 1.5 },
      },
    ],
  } as EChartsOption
}

export const scoreBoxesTable = ({ iteration, layers }: ScoreBoxes): ExportTable => ({
  name: 'scores',
  columns: ['iteration', 'layer', 'least', 'quartile_1', 'median', 'quartile_3', 'largest'],
  rows: layers.map(({ layer, quartiles }) => [iteration, layer, ...quartiles]),
})

const middleOf = (spread: FeatureSpread, bin: number): number => ((bin + 0.5) * spread.high) / spread.before.bins.length

/** One layer's outputs before and after pruning, laid over one another; ReLU's zeros stand in the legend. */
export function featureOption(spread: FeatureSpread, theme: ChartTheme): EChartsOption {
  const named = (words: string, zeros: number): string => `${words} (${formatPercent(zeros)} zeros)`
  const series = [
    { name: named('before', spread.before.zeros), bins: spread.before.bins, slot: 7, dash: 'dashed' as const },
    { name: named('after', spread.after.zeros), bins: spread.after.bins, slot: 0, dash: 'solid' as const },
  ]
  return {
    ...frame(theme),
    grid: { top: 30, left: 58, right: 16, bottom: 42 },
    legend: legend(
      theme,
      series.map(({ name }) => name),
    ),
    xAxis: {
      ...valueAxis(theme, `output of ${spread.layer}`, (value) => significant(value), 'below'),
      nameGap: 24,
      min: 0,
      max: spread.high,
      splitLine: { show: false },
    },
    yAxis: { ...valueAxis(theme, 'share of values, %', (value) => significant(value)), nameGap: 40 },
    series: series.map(({ name, bins, slot, dash }) => ({
      name,
      type: 'line' as const,
      step: 'middle' as const,
      symbol: 'none',
      lineStyle: { color: theme.series[slot]!, width: 2, type: dash },
      itemStyle: { color: theme.series[slot]! },
      data: bins.map((share, bin) => [middleOf(spread, bin), 100 * share]),
    })),
  }
}

export const featureTable = (spread: FeatureSpread): ExportTable => ({
  name: `features-${spread.layer}`,
  columns: ['layer', 'output', 'before_share_fraction', 'after_share_fraction'],
  rows: [
    [spread.layer, 0, spread.before.zeros, spread.after.zeros],
    ...spread.before.bins.map((share, bin) => [spread.layer, middleOf(spread, bin), share, spread.after.bins[bin]!]),
  ],
})
