import type { PreprocessingResult } from '#common/contract/preprocessing.ts'
import { operators } from '#common/experiment/preprocessing.ts'
import { preprocessingSpot, trafficRatio } from '#common/experiment/preprocessingSummary.ts'
import { formatBytes, formatCount, formatDuration, formatMacs, formatPercent, significant } from '#common/units.ts'
import type { Column } from '../../components/column.ts'
import { figureColumn, wordColumn } from '../../components/column.ts'

/** An operator at a size of training data: means over seeds. */
export interface OperatorRow {
  key: string
  operator: keyof typeof operators
  images: number
  spot: NonNullable<ReturnType<typeof preprocessingSpot>>
}

export const operatorRows = (result: PreprocessingResult): OperatorRow[] =>
  result.operators.flatMap((operator) =>
    result.images.flatMap((images) => {
      const spot = preprocessingSpot(result, operator, images)
      return spot ? [{ key: `${operator}/${images}`, operator, images, spot }] : []
    }),
  )

export const operatorColumns: Column<OperatorRow>[] = [
  wordColumn(
    { key: 'operator', title: 'Operator', exported: 'operator', note: ({ operator }) => operators[operator].title },
    ({ operator }) => operator,
  ),
  figureColumn(
    { key: 'images', title: 'Training images', exported: 'training_images' },
    ({ images }) => images,
    formatCount,
  ),
  figureColumn(
    {
      key: 'accuracy',
      title: 'Accuracy',
      hint: 'On test images, mean over seeds; below it their range',
      exported: 'accuracy_fraction_mean',
      note: ({ spot }) =>
        spot.seeds > 1 ? `${formatPercent(spot.least)} – ${formatPercent(spot.most)}, ${spot.seeds} seeds` : null,
    },
    ({ spot }) => spot.accuracy,
    formatPercent,
  ),
  figureColumn(
    { key: 'payload', title: 'Payload', exported: 'payload_bytes' },
    ({ operator }) => operators[operator].bytes,
    formatBytes,
  ),
  figureColumn(
    { key: 'traffic', title: 'Less traffic', exported: 'less_traffic' },
    ({ operator }) => trafficRatio(operator),
    (ratio) => `${significant(ratio)}×`,
  ),
  figureColumn(
    { key: 'edgeMacs', title: 'Edge MACs', exported: 'edge_macs' },
    ({ operator }) => operators[operator].macs,
    formatMacs,
  ),
  figureColumn(
    { key: 'serverMacs', title: 'Server MACs', exported: 'server_macs' },
    ({ spot }) => spot.serverMacs,
    formatMacs,
  ),
  figureColumn(
    { key: 'preparing', title: 'Pre-processing', exported: 'preparing_s' },
    ({ spot }) => spot.preparingS,
    formatDuration,
  ),
  figureColumn(
    { key: 'training', title: 'Training', exported: 'training_s' },
    ({ spot }) => spot.trainS,
    formatDuration,
  ),
]
