import type {
  BatchNormLayer,
  ConvLayer,
  DenseLayer,
  FeatureShape,
  FlattenLayer,
  InputLayer,
  Layer,
  MaxPoolLayer,
  ReluLayer,
} from '#common/network/graph.ts'
import { bnEpsilon, weightShapes } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { GraphWriter } from './graph.ts'

/** What an exporter is given: the layer's place in the file. */
export interface Site {
  graph: GraphWriter
  weights: Weights
  /** Names of the tensors that the layer reads, and of the one that it writes. */
  inputs: readonly string[]
  output: string
  /** Shape of the first input, one image. */
  input: FeatureShape
  /** Whether the first input is a vector in the file, [N, C] instead of [N, C, H, W]. */
  flat: boolean
}

type Exporters = {
  [Op in Exclude<Layer['op'], InputLayer['op']>]: (layer: Extract<Layer, { op: Op }>, site: Site) => void
}

/**
 * One exporter per kind of layer; everything is NCHW. Nothing is folded: batch normalisation stays a node, and ONNX
 * Runtime merges it into the convolution before it, exactly, on its own.
 */
const exporters: Exporters = {
  conv(layer: ConvLayer, { graph, inputs, output, ...site }) {
    const { kernel, stride, padding } = layer
    graph.node('Conv', [...inputs, ...constants(layer, { graph, ...site })], output, {
      kernel_shape: [kernel, kernel],
      pads: [padding, padding, padding, padding],
      strides: [stride, stride],
    })
  },
  batchnorm(layer: BatchNormLayer, { graph, inputs, output, ...site }) {
    graph.node('BatchNormalization', [...inputs, ...constants(layer, { graph, ...site })], output, {
      epsilon: { float: bnEpsilon },
    })
  },
  relu(_layer: ReluLayer, { graph, inputs, output }) {
    graph.node('Relu', inputs, output)
  },
  maxpool({ kernel, stride }: MaxPoolLayer, { graph, inputs, output }) {
    graph.node('MaxPool', inputs, output, { kernel_shape: [kernel, kernel], strides: [stride, stride] })
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
  const exporter = exporters[layer.op] as (layer: L, site: Site) => void
  exporter(layer, site)
}
