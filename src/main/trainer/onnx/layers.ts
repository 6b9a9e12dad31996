import type { GraphWriter } from '#common/formats/onnx/graph.ts'
import type { CodecLayer } from '#common/network/codecLayers.ts'
import { isCodecLayer } from '#common/network/codecLayers.ts'
import type {
  ActivationLayer,
  AdaptivePoolLayer,
  AddLayer,
  AvgPoolLayer,
  BatchNormLayer,
  ConcatLayer,
  ConvLayer,
  DenseLayer,
  DepthwiseLayer,
  DilatedLayer,
  FeatureShape,
  FlattenLayer,
  InputLayer,
  Layer,
  MaxPoolLayer,
  MultiplyLayer,
  ReluLayer,
  SelectLayer,
} from '#common/network/graph.ts'
import { bnEpsilon, weightShapes } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import { windowOf } from '#common/network/window.ts'
import { exportCodecLayer } from './codecLayers.ts'

/** What an exporter is given: the layer's place in the file. */
export interface Site {
  graph: GraphWriter
  weights: Weights
  /** Names of the tensors that the layer reads, and of the one that it writes. */
  inputs: readonly string[]
  output: string
  /** Shape of the first input, one image. */
  input: FeatureShape
  /** Whether the first input is a vector in the file, [N, C] instead of [N, C, H, W]; and the others. */
  flat: boolean
  flatInputs: readonly boolean[]
}

type Exporters = {
  [Op in Exclude<Layer['op'], InputLayer['op'] | CodecLayer['op']>]: (
    layer: Extract<Layer, { op: Op }>,
    site: Site,
  ) => void
}

/**
 * One exporter per kind of layer; everything is NCHW. Nothing is folded: batch normalisation stays a node, and ONNX
 * Runtime merges it into the convolution before it, exactly, on its own.
 */
const exporters: Exporters = {
  conv(layer: ConvLayer, { graph, inputs, output, ...site }) {
    graph.node('Conv', [...inputs, ...constants(layer, { graph, ...site })], output, {
      ...(layer.groups === undefined ? {} : { group: layer.groups }),
      ...windowAttributes(layer),
    })
  },
  depthwise(layer: DepthwiseLayer, { graph, inputs, output, ...site }) {
    graph.node('Conv', [...inputs, ...constants(layer, { graph, ...site })], output, {
      group: site.input.channels,
      ...windowAttributes(layer),
    })
  },
  batchnorm(layer: BatchNormLayer, { graph, inputs, output, ...site }) {
    graph.node('BatchNormalization', [...inputs, ...constants(layer, { graph, ...site })], output, {
      epsilon: { float: bnEpsilon },
    })
  },
  relu({ max }: ReluLayer, { graph, inputs, output }) {
    if (max === undefined) graph.node('Relu', inputs, output)
    else {
      const [low, high] = [graph.scalar('relu.min', 0), graph.scalar('relu.max', max)]
      graph.node('Clip', [...inputs, low, high], output)
    }
  },
  activation({ kind }: ActivationLayer, { graph, inputs, output }) {
    if (kind === 'silu') {
      graph.node('Sigmoid', inputs, `${output}/gate`)
      graph.node('Mul', [inputs[0]!, `${output}/gate`], output)
    } else if (kind === 'hardsigmoid') {
      graph.node('HardSigmoid', inputs, output, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })
    } else graph.node(activations[kind], inputs, output)
  },
  maxpool(layer: MaxPoolLayer, { graph, inputs, output }) {
    graph.node('MaxPool', inputs, output, windowAttributes(layer))
  },
  avgpool(layer: AvgPoolLayer, { graph, inputs, output }) {
    graph.node('AveragePool', inputs, output, { count_include_pad: 1, ...windowAttributes(layer) })
  },
  adaptivepool({ name, height, width }: AdaptivePoolLayer, { graph, inputs, output }) {
    if (height !== 1 || width !== 1) throw new Error(`layer "${name}": only the global average pool can be exported`)
    graph.node('GlobalAveragePool', inputs, output)
  },
  add(_layer: AddLayer, { graph, inputs, output }) {
    graph.node(inputs.length === 2 ? 'Add' : 'Sum', inputs, output)
  },
  multiply(_layer: MultiplyLayer, { graph, inputs, output, flatInputs: [map, factors] }) {
    if (map || !factors) {
      graph.node('Mul', inputs, output)
      return
    }
    const axes = graph.integers(`${output}/axes`, [2, 3])
    graph.node('Unsqueeze', [inputs[1]!, axes], `${output}/factors`)
    graph.node('Mul', [inputs[0]!, `${output}/factors`], output)
  },
  concat(_layer: ConcatLayer, { graph, inputs, output }) {
    graph.node('Concat', inputs, output, { axis: 1 })
  },
  select({ channels }: SelectLayer, { graph, inputs, output }) {
    graph.node('Gather', [inputs[0]!, graph.integers(`${output}/channels`, channels)], output, { axis: 1 })
  },
  flatten(_layer: FlattenLayer, { graph, inputs, output }) {
    graph.node('Flatten', inputs, output, { axis: 1 })
  },
  dense(layer: DenseLayer, { graph, inputs, output, flat, ...site }) {
    const vector = flat ? inputs[0]! : `${output}/flat`
    if (!flat) graph.node('Flatten', inputs, vector, { axis: 1 })
    graph.node('Gemm', [vector, ...constants(layer, { graph, ...site })], output, { transB: 1 })
  },
}

/** Operator names of the non-linearities that have one in opset 17. */
const activations = { sigmoid: 'Sigmoid', tanh: 'Tanh', elu: 'Elu', hardswish: 'HardSwish' } as const

/** What is not there is left out: an older file of the same model keeps its bytes. */
export function windowAttributes(layer: DilatedLayer): Record<string, readonly number[]> {
  const { kernel, stride, padding, dilation } = windowOf(layer)
  return {
    ...(layer.dilation === undefined ? {} : { dilations: dilation }),
    kernel_shape: kernel,
    ...(layer.padding === undefined ? {} : { pads: padding }),
    strides: stride,
  }
}

/** Stores a layer's weights, in the order of `weightShapes` (the one that the operators take), and returns their names. */
function constants(layer: Layer, { graph, weights, input }: Pick<Site, 'graph' | 'weights' | 'input'>): string[] {
  return Object.entries(weightShapes(layer, input)).map(([name, shape]) => {
    const values = weights.get(name)
    if (values?.length !== shape.reduce((product, extent) => product * extent, 1)) {
      throw new Error(`weight "${name}" is missing or does not have the shape [${shape.join(', ')}]`)
    }
    return graph.constant(name, shape, values)
  })
}

/** Writes the nodes and constants of one layer. Throws an Error where a weight is missing or has another shape. */
export function exportLayer<L extends Exclude<Layer, InputLayer>>(layer: L, site: Site): void {
  if (isCodecLayer(layer)) {
    exportCodecLayer(layer, site)
    return
  }
  const exporter = exporters[layer.op as keyof Exporters] as (layer: L, site: Site) => void
  exporter(layer, site)
}
