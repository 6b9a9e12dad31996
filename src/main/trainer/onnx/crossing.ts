import type { WireLayer } from '#common/network/codecLayers.ts'
import { gridStep, isWire } from '#common/network/codecLayers.ts'
import type { Network } from '#common/network/graph.ts'
import { layerNamed } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { FeatureCoding } from './coding.ts'

/** What lies around a cut: the head ends with `encoded`, the tail begins behind `received`; between them the wire. */
export interface Crossing {
  encoded: string
  received: string
  wire: readonly WireLayer[]
}

/** `layerName`: the last layer before the tail. Without a codec the two ends are the same layer. */
export function crossingAt(network: Network, layerName: string): Crossing {
  const wire: WireLayer[] = []
  let layer = layerNamed(network, layerName)
  while (isWire(layer)) {
    wire.unshift(layer)
    layer = layerNamed(network, layer.inputs[0]!)
  }
  return { encoded: layer.name, received: layerName, wire }
}

/** How a codec's wire says that features leave the head; undefined where there is no wire: then the caller decides. */
export function codingOfWire({ network, weights }: Model, layerName: string): FeatureCoding | undefined {
  const { wire } = crossingAt(network, layerName)
  if (wire.length === 0) return undefined
  for (const layer of wire) {
    if (layer.op === 'quantise') {
      return { type: 'uint8', scale: gridStep(layer), offset: layer.low, levels: 2 ** layer.bits - 1 }
    }
    if (layer.op === 'codebook' && !layer.bypass) {
      const words = weights.get(`${layer.name}.weight`)!
      // Neighbouring codes are then neighbouring levels.
      if (layer.kind === 'scalar') return { type: 'scalars', words: words.slice().sort() }
      const { height, width } = inferShapes(network).get(layer.name)!
      return { type: 'vectors', words, size: words.length / 2 ** layer.bits, positions: height * width }
    }
  }
  return { type: 'float32' }
}
