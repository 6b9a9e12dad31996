import type { Layer, Network } from '#common/network/graph.ts'
import { layerNamed } from '#common/network/graph.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Lab } from '../frameworks/lab.ts'

/** Training images that the features' statistics are taken from. */
const images = 512

/**
 * A new codec's start near the features that it carries (our decision: the papers say nothing of it). Adam moves a weight
 * by at most its rate a step: within a short training, scales and offsets do not get from 1 and 0 to the features that the
 * frozen layers behind expect, and a random filter before everything else loses what no later layer gives back.
 *
 * - The decoder's last normalisation starts with each channel's mean and standard deviation at the point; where branches
 *   meet, each has its share of the mean and of the variance.
 * - A depthwise layer right behind the point starts as the identity: the middle of each filter 1, the rest 0.
 *
 * Everything else keeps its seeded weights; a codec without such layers is returned as it is. Nothing is trained here.
 */
export async function startAtFeatures(lab: Lab, model: Model, point: PartitionPoint): Promise<Model> {
  const { network } = model
  const weights = new Map(model.weights)
  for (const { op, name, inputs } of network.layers) {
    if (op === 'depthwise' && inputs[0] === point.layer) {
      weights.set(`${name}.weight`, identities(weights.get(`${name}.weight`)!, network, name))
    }
  }
  const last = network.layers.findLast(({ name }) => name.startsWith(`${point.name}.decoder.`))
  const branches = last ? normalisationsOf(network, last) : []
  if (branches.length > 0) {
    const { channels } = inferShapes(network).get(point.layer)!
    const { mean, deviation } = perChannel(await lab.features(model, point.layer, images), channels)
    for (const name of branches) {
      weights.set(
        `${name}.weight`,
        deviation.map((value) => value / Math.sqrt(branches.length)),
      )
      weights.set(
        `${name}.bias`,
        mean.map((value) => value / branches.length),
      )
    }
  }
  return { network, weights }
}

/** Filters [C, 1, k, k] that give their channel back. */
function identities(filters: Float32Array, network: Network, name: string): Float32Array {
  const size = filters.length / inferShapes(network).get(name)!.channels
  return filters.map((_, at) => (at % size === (size - 1) / 2 ? 1 : 0))
}

const through = new Set<Layer['op']>(['relu', 'prelu', 'add'])

/** The normalisations that make a decoder's output, through its activation and the sum of its branches. */
function normalisationsOf(network: Network, layer: Layer): string[] {
  if (layer.op === 'batchnorm') return [layer.name]
  if (!through.has(layer.op)) return []
  return layer.inputs.flatMap((input) => normalisationsOf(network, layerNamed(network, input)))
}

/** Of maps [N, C, positions], over images and positions. */
function perChannel(maps: Float32Array, channels: number): { mean: Float32Array; deviation: Float32Array } {
  const positions = maps.length / images / channels
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)]
  for (const [at, value] of maps.entries()) {
    const channel = Math.floor(at / positions) % channels
    sums[channel]! += value
    squares[channel]! += value * value
  }
  const count = maps.length / channels
  const means = sums.map((sum) => sum / count)
  const deviation = Float32Array.from(means, (mean, c) => Math.sqrt(Math.max(0, squares[c]! / count - mean * mean)))
  return { mean: Float32Array.from(means), deviation }
}
