import type { FeatureShape, Network } from './graph.ts'
import { weightShapes } from './graph.ts'
import { inferShapes } from './shapes.ts'

/** Trained numbers by name, in file layout: conv [Cout, Cin, kH, kW], dense [out, in] (NCHW-flatten order), vectors [C]. */
export type Weights = Map<string, Float32Array>

export interface Model {
  network: Network
  weights: Weights
}

/** Shapes of all weights of a network, in layer order. */
export function allWeightShapes(network: Network): Map<string, number[]> {
  const shapes = inferShapes(network)
  const all = new Map<string, number[]>()
  for (const layer of network.layers) {
    const from = layer.inputs[0]
    const input: FeatureShape = from === undefined ? shapes.get(layer.name)! : shapes.get(from)!
    for (const [name, shape] of Object.entries(weightShapes(layer, input))) all.set(name, shape)
  }
  return all
}

/** Throws where weights and graph do not belong together, naming the tensor. */
export function assertWeightsFit({ network, weights }: Model): void {
  const expected = allWeightShapes(network)
  for (const [name, shape] of expected) {
    const values = weights.get(name)
    const count = shape.reduce((product, extent) => product * extent, 1)
    if (!values) throw new Error(`weight "${name}" is missing`)
    if (values.length !== count)
      throw new Error(`weight "${name}" has ${values.length} numbers, the network needs ${count}`)
  }
  for (const name of weights.keys()) if (!expected.has(name)) throw new Error(`weight "${name}" belongs to no layer`)
}
