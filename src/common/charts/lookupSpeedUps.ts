import type { EChartsOption } from 'echarts'
import type { Comparison } from '../contract/result.ts'
import type { SpeedUp } from '../lookup/speedUps.ts'
import { describeSpeedUp, speedUps } from '../lookup/speedUps.ts'
import { frame, legend, valueAxis } from './axes.ts'
import type { ChartTheme } from './theme.ts'
import { slotColour, slotMarker } from './theme.ts'

/**
 * AlexNet on one thread of a Core i7-4790K against Caffe (167.79 → 55.35 ms), from the authors' repository; the loss of
 * accuracy from the project's seed 003 (frameworks.md §14, 6).
 */
const published = {
  name: 'published: Q-CNN, AlexNet on a PC',
  theoretical: 4.15,
  measured: 3.03,
  loss: '0.5 to 1.6 points on four networks',
}
const even = 'as fast as the dense head'

const labelOf = ({ candidate: { step, partitionPoint } }: SpeedUp): string =>
  `${(step ?? '').replace(/,.*$/, '')}, ${partitionPoint}`

/** Measured over theoretical speed-up of heads that look products up (Wu et al., CVPR 2016); hollow: published. */
export function lookupSpeedUpOption(comparison: Comparison, theme: ChartTheme): EChartsOption {
  const rows = speedUps(comparison).filter(({ measured }) => measured !== null)
  const most = Math.ceil(Math.max(published.theoretical, ...rows.map(({ theoretical }) => theoretical)) + 0.5)
  const line = (name: string, points: number[][], dash: 'dashed' | 'dotted') => ({
    ...{ name, type: 'line' as const, data: points, symbol: 'none', silent: true },
    itemStyle: { color: theme.muted },
    lineStyle: { color: theme.muted, type: dash, width: 1.5 },
  })
  return {
    ...frame(theme),
    legend: legend(theme, [...rows.map(labelOf), published.name, even, 'as in theory']),
    grid: { top: 96, bottom: 56, left: 72, right: 24 },
    xAxis: {
      ...valueAxis(theme, 'theory: multiply-accumulates of the dense head / those and look-ups', String, 'below'),
      min: 0,
      max: most,
    },
    yAxis: { ...valueAxis(theme, 'measured: time of the dense head / of the tables', String), min: 0, max: most },
    series: [
      ...rows.map((row, index) => ({
        ...{ name: labelOf(row), type: 'scatter' as const, data: [[row.theoretical, row.measured!]] },
        ...slotMarker(theme, index),
        symbolSize: 12,
        color: slotColour(theme, index),
      })),
      {
        ...{ name: published.name, type: 'scatter' as const, data: [[published.theoretical, published.measured]] },
        ...{ symbol: 'circle', symbolSize: 13 },
        itemStyle: { color: theme.surface, borderColor: theme.ink, borderWidth: 2, opacity: 1 },
      },
      line(
        even,
        [
          [0, 1],
          [most, 1],
        ],
        'dashed',
      ),
      line(
        'as in theory',
        [
          [0, 0],
          [most, most],
        ],
        'dotted',
      ),
    ],
  }
}

/** The table: a row per head that looks up, and the published one. */
export const lookupSpeedUpColumns: readonly string[] = [
  'head',
  'partition_point',
  'accuracy_loss_fraction',
  'dense_ms',
  'lookup_ms',
  'measured_speed_up',
  'theoretical_speed_up',
  'verdict',
  'smaller',
  'largest_feature_difference',
  'source',
]

export const lookupSpeedUpRows = (comparison: Comparison): (string | number | null)[][] => [
  ...speedUps(comparison).map((row) => [
    ...[row.candidate.step, row.candidate.partitionPoint, row.candidate.accuracyLoss],
    ...[row.dense.deviceMs?.median ?? null, row.candidate.deviceMs?.median ?? null, row.measured, row.theoretical],
    ...[describeSpeedUp(row), row.smaller, row.candidate.lookup!.error],
    row.candidate.deviceMs?.source ?? 'not timed',
  ]),
  [
    ...['AlexNet', null, published.loss, 167.79, 55.35, published.measured, published.theoretical],
    ...['faster', null, null, published.name],
  ],
]
