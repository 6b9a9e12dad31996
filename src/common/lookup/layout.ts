import type { FeatureShape, Layer, Network } from '../network/graph.ts'
import { elements, inferShapes } from '../network/shapes.ts'
import { windowOf } from '../network/window.ts'

/** Channels of a subspace (frameworks.md §14, 4). */
export const convSubspace = 8
export const denseSubspace = 4
/** An assignment is one byte. */
export const mostWords = 256

/**
 * How a layer's weights fall into subspaces for product quantisation (Wu et al., CVPR 2016): the input channels in groups
 * of `size` (the last one may be smaller), each with one codebook for all positions of the kernel and all outputs. A dense
 * layer is a kernel of one position.
 */
export interface ProductLayout {
  layer: string
  inputs: number
  outputs: number
  /** Positions of the kernel, row by row. */
  taps: number
  size: number
  subspaces: number
}

/** Undefined for layers whose weights cannot be so divided: a depthwise filter has one input channel. */
export function productLayout(layer: Layer, input: FeatureShape): ProductLayout | undefined {
  if (layer.op !== 'conv' && layer.op !== 'dense') return undefined
  const conv = layer.op === 'conv'
  const inputs = conv ? input.channels : elements(input)
  const [height, width] = conv ? windowOf(layer).kernel : [1, 1]
  const size = Math.min(inputs, conv ? convSubspace : denseSubspace)
  const outputs = conv ? layer.filters : layer.outputs
  return { layer: layer.name, inputs, outputs, taps: height * width, size, subspaces: Math.ceil(inputs / size) }
}

/** Of all layers up to and including one, in network order. */
export function productLayouts(network: Network, last: string): ProductLayout[] {
  const shapes = inferShapes(network)
  const end = network.layers.findIndex(({ name }) => name === last)
  return network.layers.slice(1, end + 1).flatMap((layer) => productLayout(layer, shapes.get(layer.inputs[0]!)!) ?? [])
}

/** Input channels of one subspace. */
export const channelsOf = ({ inputs, size }: ProductLayout, subspace: number): number =>
  Math.min(size, inputs - subspace * size)

/** Vectors of one subspace: one for each position of the kernel and output. */
export const vectorsOf = ({ taps, outputs }: ProductLayout): number => taps * outputs

/** Position of a weight in a file ([Cout, Cin, kH, kW], or [out, in]). */
export const weightAt = ({ inputs, taps }: ProductLayout, output: number, channel: number, tap: number): number =>
  (output * inputs + channel) * taps + tap
