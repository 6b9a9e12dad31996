import type { CodecLayer } from './codecLayers.ts'
import { codecWeightShapes } from './codecLayers.ts'
import type { Pair, Sides } from './window.ts'
import { windowOf } from './window.ts'

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

/** What every layer has. */
export interface LayerBase {
  /** Unique; prefix of the names of its weights. */
  name: string
  unit: string
  inputs: readonly string[]
}

export interface InputLayer extends LayerBase, FeatureShape {
  op: 'input'
}
/** How a window moves over a map. A single number holds for both axes (and all four sides). Never "same". */
export interface WindowedLayer {
  kernel: number | Pair
  stride: number | Pair
  /** [top, left, bottom, right]; 0 where it is not there. */
  padding?: number | Sides
}
/** Rows and columns from one element of a kernel to the next; 1 where it is not there. */
export interface DilatedLayer extends WindowedLayer {
  dilation?: number | Pair
}
/**
 * Weights: `<name>.weight` [Cout, Cin/groups, kH, kW], `<name>.bias` [Cout] where `bias`. With `groups` (1 where it is not
 * there) input and output fall into so many equal blocks of channels, and each block of filters reads one block of the
 * input (Xie et al., "ResNeXt", CVPR 2017).
 */
export interface ConvLayer extends LayerBase, DilatedLayer {
  op: 'conv'
  filters: number
  bias: boolean
  groups?: number
}
/** A filter per channel, channels stay apart. Weights: `<name>.weight` [C, 1, kH, kW], `<name>.bias` [C] where `bias`. */
export interface DepthwiseLayer extends LayerBase, DilatedLayer {
  op: 'depthwise'
  bias: boolean
}
/** Weights: `<name>.weight`, `.bias`, `.running_mean`, `.running_var`, each [C]. ε 1e-5, momentum 0.1 in PyTorch's sense. */
export interface BatchNormLayer extends LayerBase {
  op: 'batchnorm'
}
/** max(0, x), and at most 6 where `max` says so (ReLU6). */
export interface ReluLayer extends LayerBase {
  op: 'relu'
  max?: 6
}
/**
 * A non-linearity without weights: sigmoid 1/(1 + e⁻ˣ), tanh, ELU (x, below 0 eˣ − 1), SiLU x·sigmoid(x) (Ramachandran et
 * al. 2017, "Swish"), hard-sigmoid min(max(x + 3, 0), 6)/6 and hard-swish x·hard-sigmoid(x) (Howard et al.,
 * "MobileNetV3", ICCV 2019, §5.2).
 */
export interface ActivationLayer extends LayerBase {
  op: 'activation'
  kind: ActivationKind
}
export type ActivationKind = (typeof activationKinds)[number]
export const activationKinds = ['sigmoid', 'tanh', 'elu', 'silu', 'hardsigmoid', 'hardswish'] as const
/** Padding is left out of the maximum. */
export interface MaxPoolLayer extends LayerBase, WindowedLayer {
  op: 'maxpool'
}
/** The mean of each window; padding counts as zeros. */
export interface AvgPoolLayer extends LayerBase, WindowedLayer {
  op: 'avgpool'
}
/** The mean of each of height × width equal parts of the map; 1 × 1 is the global average pool. */
export interface AdaptivePoolLayer extends LayerBase {
  op: 'adaptivepool'
  height: number
  width: number
}
/** Sum of maps of one shape: the end of a shortcut. */
export interface AddLayer extends LayerBase {
  op: 'add'
}
/**
 * Product of two maps of one shape; or the second has one element per channel, which counts at every position: the end of
 * squeeze-and-excitation (Hu et al., CVPR 2018).
 */
export interface MultiplyLayer extends LayerBase {
  op: 'multiply'
}
/** Maps behind one another along the channels, in the order of the inputs. */
export interface ConcatLayer extends LayerBase {
  op: 'concat'
}
/**
 * Some channels in an order of their own, each at most once: output channel i is input channel `channels[i]`. What
 * splitting and shuffling channels come to (Zhang et al., "ShuffleNet", CVPR 2018).
 */
export interface SelectLayer extends LayerBase {
  op: 'select'
  channels: readonly number[]
}
/** [C, H, W] → [C·H·W, 1, 1], in NCHW order. */
export interface FlattenLayer extends LayerBase {
  op: 'flatten'
}
/** Weights: `<name>.weight` [out, in], `<name>.bias` [out]. */
export interface DenseLayer extends LayerBase {
  op: 'dense'
  outputs: number
}

export type Layer =
  | InputLayer
  | ConvLayer
  | DepthwiseLayer
  | BatchNormLayer
  | ReluLayer
  | ActivationLayer
  | MaxPoolLayer
  | AvgPoolLayer
  | AdaptivePoolLayer
  | AddLayer
  | MultiplyLayer
  | ConcatLayer
  | SelectLayer
  | FlattenLayer
  | DenseLayer
  | CodecLayer

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

/** How many input channels one filter reads. */
export const channelsPerFilter = (layer: ConvLayer | DepthwiseLayer, input: Pick<FeatureShape, 'channels'>): number =>
  layer.op === 'conv' ? input.channels / (layer.groups ?? 1) : 1

/** Names of the trainable and running tensors of a layer with their shapes (as stored in files). */
export function weightShapes(layer: Layer, input: FeatureShape): Record<string, number[]> {
  switch (layer.op) {
    case 'conv':
    case 'depthwise': {
      const outputs = layer.op === 'conv' ? layer.filters : input.channels
      const weight = [outputs, channelsPerFilter(layer, input), ...windowOf(layer).kernel]
      return layer.bias
        ? { [`${layer.name}.weight`]: weight, [`${layer.name}.bias`]: [outputs] }
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
    case 'input':
    case 'relu':
    case 'activation':
    case 'maxpool':
    case 'avgpool':
    case 'adaptivepool':
    case 'add':
    case 'multiply':
    case 'select':
    case 'concat':
    case 'flatten':
      return {}
    default:
      return codecWeightShapes(layer, input)
  }
}
