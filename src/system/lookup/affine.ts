import type { Layer, Network } from '#common/network/graph.ts'
import { bnEpsilon, consumersOf } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Arena, Machine } from './arena.ts'

/** y = min(max(x · scale + shift, low), high), per channel: bias, normalisation and ReLU in one pass. */
export interface Affine {
  scales: Float64Array
  shifts: Float64Array
  low: number
  high: number
}

export const plainAffine = (channels: number, bias?: Float32Array): Affine => ({
  scales: new Float64Array(channels).fill(1),
  shifts: bias ? Float64Array.from(bias) : new Float64Array(channels),
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
})

/** What follows when the layer comes behind; undefined where it is of another kind. */
export function behind(affine: Affine, layer: Layer, weights: Weights): Affine | undefined {
  if (layer.op === 'relu')
    return {
      ...affine,
      low: Math.max(affine.low, 0),
      high: Math.min(affine.high, layer.max ?? Number.POSITIVE_INFINITY),
    }
  if (layer.op !== 'batchnorm' || affine.low !== Number.NEGATIVE_INFINITY) return undefined
  const of = (name: string): Float32Array => weights.get(`${layer.name}.${name}`)!
  const [gamma, beta, mean, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')]
  const factor = (channel: number): number => gamma[channel]! / Math.sqrt(variance[channel]! + bnEpsilon)
  return {
    ...affine,
    scales: affine.scales.map((scale, channel) => scale * factor(channel)),
    shifts: affine.shifts.map((shift, channel) => (shift - mean[channel]!) * factor(channel) + beta[channel]!),
  }
}

/** Takes in the layers behind one that nobody else reads: the last of them, and what they do together. */
export function followed(
  network: Network,
  weights: Weights,
  from: Layer,
  start: Affine,
): { last: Layer; affine: Affine } {
  let [last, affine] = [from, start]
  for (;;) {
    const consumers = consumersOf(network, last.name)
    const next = consumers.length === 1 ? consumers[0]! : undefined
    const more = next && behind(affine, next, weights)
    if (!next || !more) return { last, affine }
    last = next
    affine = more
  }
}

/** The numbers of an affine step in the memory, as `kernels.rows` takes them. */
export function placeAffine(arena: Arena, { scales, shifts, low, high }: Affine) {
  const [scaleAt, shiftAt] = [arena.take(4 * scales.length), arena.take(4 * shifts.length)]
  return {
    prepare({ f32 }: Machine): void {
      f32.set(scales, scaleAt / 4)
      f32.set(shifts, shiftAt / 4)
    },
    operands: [scaleAt, shiftAt, low, high] as const,
  }
}
