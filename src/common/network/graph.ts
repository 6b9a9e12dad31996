/**
 * A network is a graph of layers without weights. Pure data: what the trainer executes, what surgery rewrites,
 * what the exporter writes, what the user interface draws.
 *
 * Layers are listed in topological order. `unit` groups the layers that the field counts as one ("conv1" is the
 * convolution with its batch normalisation and ReLU): partition points lie between units and are named after them.
 */
export interface FeatureShape {
  channels: number
  height: number
  width: number
}

interface Base {
  /** Unique; prefix of the names of its weights. */
  name: string
  unit: string
  inputs: readonly string[]
}

export interface InputLayer extends Base, FeatureShape {
  op: 'input'
}
/** Weights: `<name>.weight` [Cout, Cin, kH, kW], `<name>.bias` [Cout] where `bias`. Padding is explicit, never "same". */
export interface ConvLayer extends Base {
  op: 'conv'
  filters: number
  kernel: number
  stride: number
  padding: number
  bias: boolean
}
/** Weights: `<name>.weight`, `.bias`, `.running_mean`, `.running_var`, each [C]. ε 1e-5, momentum 0.1 in PyTorch's sense. */
export interface BatchNormLayer extends Base {
  op: 'batchnorm'
}
export interface ReluLayer extends Base {
  op: 'relu'
}
export interface MaxPoolLayer extends Base {
  op: 'maxpool'
  kernel: number
  stride: number
}
/** [C, H, W] → [C·H·W, 1, 1], in NCHW order. */
export interface FlattenLayer extends Base {
  op: 'flatten'
}
/** Weights: `<name>.weight` [out, in], `<name>.bias` [out]. */
export interface DenseLayer extends Base {
  op: 'dense'
  outputs: number
}

export type Layer = InputLayer | ConvLayer | BatchNormLayer | ReluLayer | MaxPoolLayer | FlattenLayer | DenseLayer

export interface Network {
  /** The architecture, e.g. "vgg16". */
  name: string
  width: number
  classes: number
  /** Normalisation of the image per channel: (u/255 − mean)/std. */
  mean: readonly number[]
  std: readonly number[]
  layers: readonly Layer[]
}

export const bnEpsilon = 1e-5

export function layerNamed(network: Network, name: string): Layer {
  const layer = network.layers.find((candidate) => candidate.name === name)
  if (!layer) throw new Error(`no layer "${name}" in ${network.name}`)
  return layer
}

export const outputLayer = (network: Network): Layer => network.layers[network.layers.length - 1]!

/** The layers that read the output of `name`. */
export const consumersOf = (network: Network, name: string): Layer[] =>
  network.layers.filter((layer) => layer.inputs.includes(name))

/** Names of the trainable and running tensors of a layer with their shapes (as stored in files). */
export function weightShapes(layer: Layer, input: FeatureShape): Record<string, number[]> {
  switch (layer.op) {
    case 'conv': {
      const weight = [layer.filters, input.channels, layer.kernel, layer.kernel]
      return layer.bias
        ? { [`${layer.name}.weight`]: weight, [`${layer.name}.bias`]: [layer.filters] }
        : { [`${layer.name}.weight`]: weight }
    }
    case 'batchnorm':
      return {
        [`${layer.name}.weight`]: [input.channels],
        [`${layer.name}.bias`]: [input.channels],
        [`${layer.name}.running_mean`]: [input.channels],
        [`${layer.name}.running_var`]: [input.channels],
      }
    case 'dense':
      return {
        [`${layer.name}.weight`]: [layer.outputs, input.channels * input.height * input.width],
        [`${layer.name}.bias`]: [layer.outputs],
      }
    default:
      return {}
  }
}
