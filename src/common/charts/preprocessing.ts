import type { EChartsOption } from 'echarts'
import type { PreprocessingResult } from '../contract/preprocessing.ts'
import type { OperatorName } from '../experiment/preprocessing.ts'
import { operators } from '../experiment/preprocessing.ts'
import { preprocessingSpot, trafficRatio } from '../experiment/preprocessingSummary.ts'
import { formatCount } from '../units.ts'
import { frame, legend, valueAxis } from './axes.ts'
import type { ChartTheme } from './theme.ts'
import { slotColour, slotDash, slotMarker } from './theme.ts'

/** An operator has its colour in every sweep. */
export const operatorSlots: Record<OperatorName, number> = {
  raw: 7,
  'pca-32': 0,
  'pool-2': 2,
  'pool-4': 3,
  'median-pool-2': 4,
  'autoencoder-32': 5,
  'pca-16': 1,
  'pca-64': 6,
  'pca-128': 1,
}

/** What the paper says of its own run (seed 003 of the project: MNIST, 60,000 training images). */
const published = { name: 'published: Huang et al. 2017, MNIST', images: 60_000, accuracy: 0.9 }

export const operatorLabel = (operator: OperatorName): string => `${operator}, ${operators[operator].bytes} B`
const percent = (value: number): string => `${Math.round(100 * value)} %`

/** Accuracy over the size of the training data, a line per operator (Huang et al., ICNP 2017); hollow: published. */
export function preprocessingOption(result: PreprocessingResult, theme: ChartTheme): EChartsOption {
  const accuracies = [published.accuracy, ...result.cells.map(({ accuracy }) => accuracy)]
  return {
    ...frame(theme),
    legend: legend(theme, [...result.operators.map(operatorLabel), published.name]),
    grid: { top: 64, bottom: 56, left: 72, right: 24 },
    xAxis: {
      ...valueAxis(theme, 'training images, thousands', (value) => String(value), 'below'),
      min: 0,
      max: Math.max(published.images, ...result.images) / 1000,
    },
    yAxis: {
      ...valueAxis(theme, `accuracy on ${formatCount(result.dataset.test)} test images`, percent),
      min: Math.floor(20 * Math.min(...accuracies)) / 20,
      max: 1,
    },
    series: [
      ...result.operators.map((operator) => ({
        name: operatorLabel(operator),
        type: 'line' as const,
        data: result.images.flatMap((images) => {
          const spot = preprocessingSpot(result, operator, images)
          return spot ? [[images / 1000, spot.accuracy]] : []
        }),
        ...slotMarker(theme, operatorSlots[operator]),
        symbolSize: 8,
        showAllSymbol: true,
        lineStyle: {
          color: slotColour(theme, operatorSlots[operator]),
          type: slotDash(operatorSlots[operator]),
          width: 2,
        },
      })),
      {
        name: published.name,
        type: 'scatter' as const,
        data: [[published.images / 1000, published.accuracy]],
        symbol: 'circle',
        symbolSize: 13,
        itemStyle: { color: theme.surface, borderColor: theme.ink, borderWidth: 2, opacity: 1 },
      },
    ],
  }
}

/** The numbers of the figure, one row per operator and size, and the published one. */
export const preprocessingColumns: readonly string[] = [
  'operator',
  'training_images',
  'seeds',
  'accuracy_fraction_mean',
  'accuracy_fraction_min',
  'accuracy_fraction_max',
  'payload_bytes',
  'less_traffic',
  'edge_macs',
  'server_macs',
  'preparing_s',
  'training_s',
  'source',
]

export function preprocessingRows(result: PreprocessingResult): (string | number | null)[][] {
  const measured = result.operators.flatMap((operator) =>
    result.images.flatMap((images) => {
      const spot = preprocessingSpot(result, operator, images)
      if (!spot) return []
      const { bytes, macs } = operators[operator]
      return [
        [
          ...[operator, images, spot.seeds, spot.accuracy, spot.least, spot.most, bytes],
          ...[trafficRatio(operator), macs, spot.serverMacs, spot.preparingS, spot.trainS, 'measured'],
        ],
      ]
    }),
  )
  const none = Array<null>(8).fill(null)
  return [...measured, ['published', published.images, null, published.accuracy, ...none, published.name]]
}
