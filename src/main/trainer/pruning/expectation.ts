import type { Network } from '#common/network/graph.ts'
import { layerNamed } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'

/** Per channel: a normal distribution, or (variance 0) what is expected after a non-linearity. */
interface Moments {
  mean: Float32Array
  variance: Float32Array
}

/**
 * The expected value of every channel behind a layer, from the constants of batch normalisation alone (FSM, Duan et al.
 * 2022; frameworks.md §11.4 step 1): its output is N(β, γ²); after ReLU β·Φ(β/|γ|) + |γ|·φ(β/|γ|), after ReLU6 less
 * the same of x − 6; an addition adds means and variances. Pools and depthwise-free layers hand it on.
 *
 * Undefined where there is no normalisation to know it from (a convolution's plain output).
 */
export function expectedValues(model: Model, layer: string): Float32Array | undefined {
  return momentsOf(model, inferShapes(model.network), layer)?.mean
}

function momentsOf(
  { network, weights }: Model,
  shapes: ReturnType<typeof inferShapes>,
  name: string,
): Moments | undefined {
  const layer = layerNamed(network as Network, name)
  const of = (input: string) => momentsOf({ network, weights }, shapes, input)
  switch (layer.op) {
    case 'batchnorm':
      return {
        mean: weights.get(`${name}.bias`)!,
        variance: weights.get(`${name}.weight`)!.map((gamma) => gamma * gamma),
      }
    case 'relu': {
      const before = of(layer.inputs[0]!)
      if (!before) return undefined
      const mean = before.mean.map((value, channel) => rectified(value, before.variance[channel]!, layer.max))
      return { mean, variance: new Float32Array(mean.length) }
    }
    case 'add': {
      const parts = layer.inputs.map(of)
      if (parts.some((part) => part === undefined)) return undefined
      const sum = (key: keyof Moments): Float32Array =>
        parts[0]![key].map((_, channel) => parts.reduce((total, part) => total + part![key][channel]!, 0))
      return { mean: sum('mean'), variance: sum('variance') }
    }
    case 'concat': {
      const parts = layer.inputs.map(of)
      if (parts.some((part) => part === undefined)) return undefined
      const join = (key: keyof Moments): Float32Array => Float32Array.from(parts.flatMap((part) => [...part![key]]))
      return { mean: join('mean'), variance: join('variance') }
    }
    case 'select': {
      const before = of(layer.inputs[0]!)
      const picked = (values: Float32Array): Float32Array =>
        Float32Array.from(layer.channels, (channel) => values[channel]!)
      return before && { mean: picked(before.mean), variance: picked(before.variance) }
    }
    case 'maxpool':
    case 'avgpool':
    case 'adaptivepool':
      return of(layer.inputs[0]!)
    case 'flatten': {
      const before = of(layer.inputs[0]!)
      const { height, width } = shapes.get(layer.inputs[0]!)!
      if (!before) return undefined
      const repeat = (values: Float32Array): Float32Array =>
        Float32Array.from(Array.from(values).flatMap((value) => Array.from({ length: height * width }, () => value)))
      return { mean: repeat(before.mean), variance: repeat(before.variance) }
    }
    default:
      return undefined
  }
}

function rectified(mean: number, variance: number, max: number | undefined): number {
  const positive = positivePart(mean, variance)
  return max === undefined ? positive : positive - positivePart(mean - max, variance)
}

/** E[max(0, X)] for X ~ N(mean, variance). */
function positivePart(mean: number, variance: number): number {
  const deviation = Math.sqrt(variance)
  if (deviation === 0) return Math.max(0, mean)
  const z = mean / deviation
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  return mean * normalCdf(z) + deviation * density
}

/** Φ by the complementary error function's continued approximation (W. J. Cody's accuracy is not needed: error < 1.2e-7). */
function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + x / 2)
  const polynomial =
    -1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))
  const complement = t * Math.exp(-x * x + polynomial)
  return z >= 0 ? 1 - complement / 2 : complement / 2
}
