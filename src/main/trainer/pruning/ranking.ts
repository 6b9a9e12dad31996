import type { Network } from '#common/network/graph.ts'
import { consumersOf } from '#common/network/graph.ts'
import { elements, inferShapes } from '#common/network/shapes.ts'
import type { Kept } from './surgery.ts'

/** Convolutions whose filters may be removed, in order. */
export const prunableLayers = (network: Network): string[] =>
  network.layers.filter((layer) => layer.op === 'conv').map((layer) => layer.name)

export function filtersOf(network: Network, name: string): number {
  const layer = network.layers.find((one) => one.name === name)
  if (layer?.op !== 'conv') throw new Error(`"${name}" is not a convolution`)
  return layer.filters
}

/** The last layer of a convolution's unit: where its activation, after normalisation and ReLU, is read. */
export function activationOf(network: Network, name: string): string {
  const unit = network.layers.find((layer) => layer.name === name)!.unit
  return network.layers.findLast((layer) => layer.unit === unit)!.name
}

/** MACs that vanish with one filter of each convolution: its own, and the input channel that its readers save. */
export function macsPerFilter(network: Network): Map<string, number> {
  const shapes = inferShapes(network)
  const perFilter = new Map<string, number>()
  for (const layer of network.layers) {
    if (layer.op !== 'conv') continue
    const { height, width } = shapes.get(layer.name)!
    const own = height * width * shapes.get(layer.inputs[0]!)!.channels * layer.kernel * layer.kernel
    perFilter.set(layer.name, own + savedByReaders(network, layer.name, shapes))
  }
  return perFilter
}

function savedByReaders(network: Network, name: string, shapes: ReturnType<typeof inferShapes>): number {
  let saved = 0
  for (const reader of consumersOf(network, name)) {
    const output = shapes.get(reader.name)!
    if (reader.op === 'conv') saved += elements(output) * reader.kernel * reader.kernel
    else if (reader.op === 'dense') saved += (elements(shapes.get(name)!) / shapes.get(name)!.channels) * reader.outputs
    else if (reader.op === 'flatten') {
      const { height, width } = shapes.get(name)!
      for (const dense of consumersOf(network, reader.name)) {
        if (dense.op === 'dense') saved += height * width * dense.outputs
      }
    } else saved += savedByReaders(network, reader.name, shapes)
  }
  return saved
}

/**
 * Ranks the channels of all layers jointly and drops the `remove` lowest, leaving at least one in every layer.
 * Ties go by layer order, then by channel, so that equal scores give equal networks.
 */
export function keepBest(scores: ReadonlyMap<string, Float32Array>, remove: number): Kept {
  const ranked = [...scores].flatMap(([layer, values], order) =>
    Array.from(values, (score, channel) => ({ layer, order, channel, score })),
  )
  ranked.sort((a, b) => a.score - b.score || a.order - b.order || a.channel - b.channel)
  const left = new Map([...scores].map(([layer, values]) => [layer, values.length]))
  const dropped = new Map<string, Set<number>>([...scores.keys()].map((layer) => [layer, new Set()]))
  let removed = 0
  for (const { layer, channel } of ranked) {
    if (removed >= remove) break
    if (left.get(layer)! <= 1) continue
    dropped.get(layer)!.add(channel)
    left.set(layer, left.get(layer)! - 1)
    removed += 1
  }
  return new Map(
    [...scores].map(([layer, values]) => [
      layer,
      Array.from(values.keys()).filter((channel) => !dropped.get(layer)!.has(channel)),
    ]),
  )
}
