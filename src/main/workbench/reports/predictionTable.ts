import type { PredictionError } from '#common/contract/layerTimes.ts'
import type { Comparison } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { describeBasis } from '#common/measurement/predictionErrors.ts'
import { significant } from '#common/units.ts'
import type { Column } from './columns.ts'
import { alignColumns, plain, wrap } from './columns.ts'
import { threeDigits } from './digits.ts'

const width = 120

export const predictionColumns: readonly (Column & { unit: string | null })[] = [
  { title: 'kind of layer', unit: null, align: 'left' },
  { title: 'layers', unit: null, align: 'right' },
  { title: 'measured', unit: 'ms', align: 'right' },
  { title: 'predicted', unit: 'ms', align: 'right' },
  { title: 'error of the sum', unit: '%', align: 'right' },
  { title: 'mean error', unit: '%', align: 'right' },
  { title: 'within ±20 %', unit: '% of layers', align: 'right' },
]

/** One row per kind of layer, in the order of `predictionColumns`. */
export const predictionCells = ({ kind, layers, measuredMs, predictedMs, ...error }: PredictionError): string[] => [
  kind,
  String(layers),
  threeDigits(measuredMs),
  threeDigits(predictedMs),
  `${error.sumError >= 0 ? '+' : '−'}${significant(100 * Math.abs(error.sumError), 2)}`,
  significant(100 * error.mape, 2),
  (100 * error.hits).toFixed(0),
]

/** How good per-layer predictions are for a comparison's device. Lines ≤ 120 columns. Throws `bad-usage` where nothing was measured. */
export function predictionTable({ layerTimes, device, network, run }: Comparison): {
  text: string
  basis: string
  errors: PredictionError[]
} {
  const errors = layerTimes?.errors ?? []
  if (!layerTimes || errors.length === 0) {
    throw new CodedError(
      'bad-usage',
      `No layer of run ${run.id} was timed and predicted.`,
      'Run a comparison with only-splitting on a device that is not simulated, without --gamma.',
    )
  }
  const lines = [
    `Layers of the unpruned ${network.name} on ${device.name}: times by ONNX Runtime's profiler, beside predictions`,
    '',
    ...alignColumns(
      predictionColumns.map(({ title, unit, align }) => ({ title: unit ? `${title}, ${unit}` : title, align })),
      errors.map(predictionCells),
    ),
    '',
    describeBasis(layerTimes),
  ]
  return { text: lines.flatMap((line) => wrap(plain(line), width)).join('\n'), basis: layerTimes.basis, errors }
}
