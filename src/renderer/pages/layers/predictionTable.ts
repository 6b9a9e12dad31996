import type { PredictionError } from '#common/contract/layerTimes.ts'
import { formatMs, formatPercent, significant } from '#common/units.ts'
import type { Column } from '../../components/column.ts'
import { figureColumn, wordColumn } from '../../components/column.ts'

const signed = (share: number): string => `${share >= 0 ? '+' : '−'}${significant(100 * Math.abs(share), 2)} %`

/** One row per kind of layer: measured and predicted beside each other, and how far apart they are. */
export const predictionColumns: Column<PredictionError>[] = [
  wordColumn({ key: 'kind', title: 'Kind of layer', exported: 'kind' }, ({ kind }) => kind),
  figureColumn({ key: 'layers', title: 'Layers', exported: 'layers' }, ({ layers }) => layers, String),
  figureColumn(
    {
      key: 'measured',
      title: 'Measured',
      hint: "Sum over its layers, by ONNX Runtime's profiler",
      exported: 'measured_ms',
    },
    ({ measuredMs }) => measuredMs,
    formatMs,
  ),
  figureColumn(
    { key: 'predicted', title: 'Predicted', hint: 'Sum over its layers', exported: 'predicted_ms' },
    ({ predictedMs }) => predictedMs,
    formatMs,
  ),
  figureColumn(
    { key: 'sumError', title: 'Error of the sum', exported: 'sum_error_fraction' },
    ({ sumError }) => sumError,
    signed,
  ),
  figureColumn(
    {
      key: 'mape',
      title: 'Mean error',
      hint: 'Mean absolute error of a layer',
      exported: 'mean_absolute_error_fraction',
    },
    ({ mape }) => mape,
    (share) => `${significant(100 * share, 2)} %`,
  ),
  figureColumn(
    { key: 'hits', title: 'Within ±20 %', hint: 'Share of its layers', exported: 'within_20_percent_fraction' },
    ({ hits }) => hits,
    formatPercent,
  ),
]
