import { codecMacs, isCodecLayer } from './codecLayers.ts'
import type { FeatureShape, Layer, Network } from './graph.ts'
import { channelsPerFilter, weightShapes } from './graph.ts'
import { elements, inferShapes } from './shapes.ts'
import { windowOf } from './window.ts'

/**
 * Multiply-accumulates of one image (frameworks.md §2.1): conv Hout·Wout·Cout·Cin/groups·K² (depthwise:
 * without Cin), dense in·out; normalisation, activations, pooling, additions count 0, matrix products of codec layers
 * what they are. FLOPs = 2 × MACs.
 */
export function layerMacs(layer: Layer, input: FeatureShape, output: FeatureShape): number {
  if (layer.op === 'conv' || layer.op === 'depthwise') {
    const [height, width] = windowOf(layer).kernel
    return elements(output) * channelsPerFilter(layer, input) * height * width
  }
  if (layer.op === 'dense') return elements(input) * layer.outputs
  return isCodecLayer(layer) ? codecMacs(layer, input) : 0
}

const isRunning = (name: string): boolean => name.endsWith('.running_mean') || name.endsWith('.running_var')

/** Trainable numbers of one layer; running statistics are not parameters. */
export function layerParameters(layer: Layer, input: FeatureShape): number {
  let total = 0
  for (const [name, shape] of Object.entries(weightShapes(layer, input))) {
    if (!isRunning(name)) total += shape.reduce((product, extent) => product * extent, 1)
  }
  return total
}

export interface UnitCost {
  unit: string
  macs: number
  parameters: number
  /** Of the trainable numbers, those of batch normalisation. */
  batchNormParameters: number
  output: FeatureShape
  /** Elements of the unit's output per image. */
  elements: number
  cumulativeMacs: number
  cumulativeParameters: number
}

/** The layer table of a network: one row per unit, in order. */
export function unitCosts(network: Network): UnitCost[] {
  const shapes = inferShapes(network)
  const rows: UnitCost[] = []
  let macs = 0
  let parameters = 0
  for (const layer of network.layers) {
    const output = shapes.get(layer.name)!
    const input = layer.inputs[0] === undefined ? output : shapes.get(layer.inputs[0])!
    const own = layerMacs(layer, input, output)
    const numbers = layerParameters(layer, input)
    macs += own
    parameters += numbers
    let row = rows[rows.length - 1]
    if (row?.unit !== layer.unit) {
      row = {
        unit: layer.unit,
        macs: 0,
        parameters: 0,
        batchNormParameters: 0,
        output,
        elements: 0,
        cumulativeMacs: 0,
        cumulativeParameters: 0,
      }
      rows.push(row)
    }
    row.macs += own
    row.parameters += numbers
    if (layer.op === 'batchnorm') row.batchNormParameters += numbers
    row.output = output
    row.elements = elements(output)
    row.cumulativeMacs = macs
    row.cumulativeParameters = parameters
  }
  return rows
}

export function totalCost(network: Network): { macs: number; parameters: number } {
  const last = unitCosts(network).at(-1)!
  return { macs: last.cumulativeMacs, parameters: last.cumulativeParameters }
}
