import { unitCosts } from './cost.ts'
import type { FeatureShape, Network } from './graph.ts'
import { outputLayer } from './graph.ts'
import { elements, inferShapes } from './shapes.ts'

/** An edge at which one single tensor crosses, named after the unit before it; `input` and `output` are points too. */
export interface PartitionPoint {
  name: string
  /** Name of the layer whose output crosses. */
  layer: string
  shape: FeatureShape
  elements: number
  headMacs: number
  headParameters: number
  tailMacs: number
  tailParameters: number
}

/**
 * All partition points from `input` to `output`, in order. A point lies after the last layer of a unit, where no
 * other tensor of the head is read by the tail: never inside a block with a shortcut.
 */
export function partitionPoints(network: Network): PartitionPoint[] {
  const shapes = inferShapes(network)
  const costs = new Map(unitCosts(network).map((row) => [row.unit, row]))
  const total = [...costs.values()].at(-1)!
  const last = outputLayer(network)
  const points: PartitionPoint[] = []
  network.layers.forEach((layer, index) => {
    const next = network.layers[index + 1]
    if (next?.unit === layer.unit) return
    const head = new Set(network.layers.slice(0, index + 1).map((one) => one.name))
    const crossing = new Set(
      network.layers.slice(index + 1).flatMap((one) => one.inputs.filter((input) => head.has(input))),
    )
    if (layer !== last && (crossing.size !== 1 || !crossing.has(layer.name))) return
    const cost = costs.get(layer.unit)!
    const shape = shapes.get(layer.name)!
    points.push({
      name: layer === last ? 'output' : layer.unit,
      layer: layer.name,
      shape,
      elements: elements(shape),
      headMacs: cost.cumulativeMacs,
      headParameters: cost.cumulativeParameters,
      tailMacs: total.cumulativeMacs - cost.cumulativeMacs,
      tailParameters: total.cumulativeParameters - cost.cumulativeParameters,
    })
  })
  return points
}
