import { layerMacs } from '../network/cost.ts'
import type { FeatureShape, Layer } from '../network/graph.ts'
import { channelsPerFilter } from '../network/graph.ts'
import { windowOf } from '../network/window.ts'

/**
 * Predicts a layer's time from its configuration (Neurosurgeon, frameworks.md §4.3): one regressor per kind of layer,
 * ridge on the logarithm of the time over logarithms of the paper's features, with Hout·Wout and MACs added for networks
 * of different image sizes, and the square of the logarithm of the work for what every call costs however small it is.
 */
export const layerKinds = ['conv', 'depthwise', 'pooling', 'dense', 'elementwise'] as const
export type LayerKind = (typeof layerKinds)[number]

/** Names of the features per kind, in the order of `LayerSample.features`; the last one is the work. */
export const featureNames: Record<LayerKind, readonly string[]> = {
  conv: ['input maps', '(kernel / stride)² · filters', 'Hout · Wout', 'MACs'],
  depthwise: ['channels', '(kernel / stride)² · channels', 'Hout · Wout', 'MACs'],
  pooling: ['input elements', 'output elements'],
  dense: ['input neurons', 'output neurons', 'MACs'],
  elementwise: ['neurons'],
}

export interface LayerWork {
  kind: LayerKind
  /** Positive. */
  features: number[]
}

export interface LayerSample extends LayerWork {
  /** Above 0. */
  ms: number
}

/** A layer's features; null for what costs nothing worth predicting (input, flatten). Shapes of one image. */
export function layerWork(layer: Layer, input: FeatureShape, output: FeatureShape): LayerWork | null {
  const elements = ({ channels, height, width }: FeatureShape): number => channels * height * width
  switch (layer.op) {
    case 'conv':
    case 'depthwise': {
      const { kernel, stride } = windowOf(layer)
      const window = (kernel[0] * kernel[1]) / (stride[0] * stride[1])
      const outputs = layer.op === 'conv' ? layer.filters : input.channels
      const macs = layerMacs(layer, input, output)
      return {
        kind: layer.op,
        features: [
          layer.op === 'conv' ? channelsPerFilter(layer, input) : input.channels,
          window * outputs,
          output.height * output.width,
          macs,
        ],
      }
    }
    case 'maxpool':
    case 'avgpool':
    case 'adaptivepool':
      return { kind: 'pooling', features: [elements(input), elements(output)] }
    case 'dense':
      return { kind: 'dense', features: [elements(input), layer.outputs, elements(input) * layer.outputs] }
    case 'batchnorm':
    case 'relu':
    case 'activation':
    case 'multiply':
    case 'select':
    case 'add':
    case 'concat':
      return { kind: 'elementwise', features: [elements(output)] }
    default:
      return null
  }
}

/** A fitted regressor: log ms = intercept + Σ weight · (term − mean) / scale. Plain numbers, so that it can be stored. */
export interface Regressor {
  kind: LayerKind
  intercept: number
  weights: number[]
  means: number[]
  scales: number[]
  lambda: number
  samples: number
  /** Mean absolute error of each sample predicted from all others, as a fraction of what was measured. */
  mape: number
}

/** Fewer samples of a kind say nothing about a layer that is not among them. */
export const minSamples = 4
const lambdas = [1e-3, 1e-2, 1e-1, 1, 10]

/** Logarithms of the features, and the square of that of the work. */
const termsOf = (features: readonly number[]): number[] => {
  const logs = features.map((value) => Math.log(Math.max(value, 1e-9)))
  return [...logs, logs.at(-1)! ** 2]
}

/** One regressor for each kind that has enough samples. The strength of the ridge is the one with the least error left out. */
export function fitRegressors(samples: readonly LayerSample[]): Regressor[] {
  return layerKinds.flatMap((kind) => {
    const own = samples.filter((sample) => sample.kind === kind)
    if (own.length < minSamples) return []
    const errors = lambdas.map((lambda) => ({ lambda, mape: mape(own, leftOut(own, lambda)) }))
    const { lambda, mape: error } = errors.reduce((best, one) => (one.mape < best.mape ? one : best))
    return [{ ...fitRidge(kind, own, lambda), mape: error }]
  })
}

/** In ms; null where no regressor knows this kind of layer. */
export function predictMs(regressors: readonly Regressor[], { kind, features }: LayerWork): number | null {
  const regressor = regressors.find((one) => one.kind === kind)
  return regressor ? predict(regressor, features) : null
}

/** Every sample predicted from all others, with the strength that fits them best; null where there are too few. */
export function predictLeftOut(samples: readonly LayerSample[]): (number | null)[] {
  const predictions = new Map<LayerSample, number>()
  for (const { kind, lambda } of fitRegressors(samples)) {
    const own = samples.filter((sample) => sample.kind === kind)
    leftOut(own, lambda).forEach((ms, index) => {
      predictions.set(own[index]!, ms)
    })
  }
  return samples.map((sample) => predictions.get(sample) ?? null)
}

const leftOut = (samples: readonly LayerSample[], lambda: number): number[] =>
  samples.map((sample, index) =>
    predict(
      fitRidge(
        sample.kind,
        samples.filter((_, other) => other !== index),
        lambda,
      ),
      sample.features,
    ),
  )

/** Mean absolute percentage error, as a fraction. */
export const mape = (samples: readonly { ms: number }[], predictions: readonly number[]): number =>
  samples.reduce((sum, { ms }, index) => sum + Math.abs(predictions[index]! - ms) / ms, 0) / samples.length

type Fitted = Omit<Regressor, 'mape'>

function predict({ intercept, weights, means, scales }: Fitted, features: readonly number[]): number {
  const terms = termsOf(features)
  return Math.exp(weights.reduce((sum, weight, i) => sum + (weight * (terms[i]! - means[i]!)) / scales[i]!, intercept))
}

/**
 * Ridge regression (Hoerl & Kennard 1970) on standardised terms, the intercept free: (ZᵀZ + λ·I) w = Zᵀ(y − ȳ). A term
 * that never varies gets weight 0.
 */
export function fitRidge(kind: LayerKind, samples: readonly LayerSample[], lambda: number): Fitted {
  const count = samples.length
  const rows = samples.map(({ features }) => termsOf(features))
  const targets = samples.map(({ ms }) => Math.log(ms))
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count
  const size = rows[0]!.length
  const columns = Array.from({ length: size }, (_, i) => rows.map((row) => row[i]!))
  const means = columns.map(average)
  const scales = columns.map((column, i) => {
    const spread = Math.sqrt(average(column.map((value) => (value - means[i]!) ** 2)))
    return spread > 1e-9 ? spread : 1
  })
  const z = rows.map((row) => row.map((value, i) => (value - means[i]!) / scales[i]!))
  const intercept = average(targets)
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => z.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? lambda : 0)),
  )
  const right = Array.from({ length: size }, (_, i) =>
    z.reduce((sum, row, k) => sum + row[i]! * (targets[k]! - intercept), 0),
  )
  return { kind, intercept, weights: solve(matrix, right), means, scales, lambda, samples: count }
}

/** Gaussian elimination with partial pivoting; the matrix is positive definite (λ > 0). */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length
  const rows = matrix.map((row, i) => [...row, right[i]!])
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let i = column + 1; i < size; i++) {
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i
    }
    const top = rows[pivot]!
    rows[pivot] = rows[column]!
    rows[column] = top
    for (let i = column + 1; i < size; i++) {
      const factor = rows[i]![column]! / top[column]!
      for (let j = column; j <= size; j++) rows[i]![j]! -= factor * top[j]!
    }
  }
  const solution = new Array<number>(size).fill(0)
  for (let i = size - 1; i >= 0; i--) {
    let value = rows[i]![size]!
    for (let j = i + 1; j < size; j++) value -= rows[i]![j]! * solution[j]!
    solution[i] = value / rows[i]![i]!
  }
  return solution
}
