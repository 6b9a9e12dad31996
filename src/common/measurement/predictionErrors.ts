import type { LayerTimes, PredictionError } from '../contract/layerTimes.ts'
import type { LayerKind } from '../latency/regressors.ts'
import { layerKinds } from '../latency/regressors.ts'

/** A layer's time as it was measured and as it was predicted without it, in ms; the measured one above 0. */
export interface PredictedLayer {
  kind: LayerKind
  ms: number
  predictedMs: number
}

/** Within this share of the measured time a prediction counts as a hit, as in re-implementations of Neurosurgeon (frameworks.md §4.3). */
export const hitShare = 0.2

/**
 * How far the regressors of every kind of layer are off: mean absolute error and hits count every layer alike; the error of
 * the sum is what a cut's time suffers, where errors of layers cancel. Kinds in a fixed order, those without layers left out.
 */
export function predictionErrors(layers: readonly PredictedLayer[]): PredictionError[] {
  return layerKinds.flatMap((kind) => {
    const own = layers.filter((layer) => layer.kind === kind && layer.ms > 0)
    if (own.length === 0) return []
    const errors = own.map(({ ms, predictedMs }) => Math.abs(predictedMs / ms - 1))
    const sum = (value: (layer: PredictedLayer) => number): number => own.reduce((all, one) => all + value(one), 0)
    const [measuredMs, predictedMs] = [sum(({ ms }) => ms), sum((one) => one.predictedMs)]
    return [
      {
        ...{ kind, layers: own.length, measuredMs, predictedMs },
        mape: errors.reduce((all, error) => all + error, 0) / own.length,
        hits: errors.filter((error) => error <= hitShare).length / own.length,
        sumError: predictedMs / measuredMs - 1,
      },
    ]
  })
}

/** What the predictions of a comparison's layers rest on, in a sentence. */
export const describeBasis = ({ basis }: Pick<LayerTimes, 'basis'>): string =>
  basis === 'calibration'
    ? 'Predicted by the calibration of this device (splitbench device calibrate), which has seen none of these layers.'
    : 'Predicted by regressors after Neurosurgeon, each layer from the other layers of this network alone.'
