import type { CodecLayer, WireLayer } from '#common/network/codecLayers.ts'
import { betaMinimum } from '#common/network/codecLayers.ts'
import { elements } from '#common/network/shapes.ts'
import type { Site } from './layers.ts'

type Exporters = {
  [Op in Exclude<CodecLayer['op'], WireLayer['op']>]: (layer: Extract<CodecLayer, { op: Op }>, site: Site) => void
}

/** One exporter per kind of layer that codecs are made of, in operators of opset 17. */
const exporters: Exporters = {
  prelu(layer, site) {
    const { graph, inputs, output } = site
    const shape = site.flat ? [site.input.channels] : [site.input.channels, 1, 1]
    graph.node(
      'PRelu',
      [...inputs, graph.constant(`${layer.name}.weight`, shape, tensor(layer, site, 'weight'))],
      output,
    )
  },
  gdn(layer, site) {
    const { graph, inputs, output, input } = site
    const { channels } = input
    const bounded = (values: Float32Array, least: number): Float32Array => values.map((one) => Math.max(one, least))
    const gamma = bounded(tensor(layer, site, 'weight'), 0)
    const beta = bounded(tensor(layer, site, 'bias'), Math.fround(betaMinimum))
    graph.node('Mul', [inputs[0]!, inputs[0]!], `${output}/squares`)
    const constants = [
      graph.constant(`${layer.name}.weight`, [channels, channels, 1, 1], gamma),
      graph.constant(`${layer.name}.bias`, [channels], beta),
    ]
    graph.node('Conv', [`${output}/squares`, ...constants], `${output}/norm`, { kernel_shape: [1, 1], strides: [1, 1] })
    graph.node('Sqrt', [`${output}/norm`], `${output}/root`)
    graph.node(layer.inverse ? 'Mul' : 'Div', [inputs[0]!, `${output}/root`], output)
  },
  power(_layer, { graph, inputs, output, input, flat }) {
    graph.node('ReduceL2', inputs, `${output}/norm`, { axes: flat ? [1] : [1, 2, 3], keepdims: 1 })
    graph.node('Div', [inputs[0]!, `${output}/norm`], `${output}/unit`)
    const root = graph.constant(`${output}/root`, [], Float32Array.of(Math.sqrt(elements(input))))
    graph.node('Mul', [`${output}/unit`, root], output)
  },
  // A plane of one number is padding of the channels' axis with it.
  condition({ level }, { graph, inputs, output }) {
    const pads = graph.integers(`${output}/pads`, [0, 0, 0, 0, 0, 1, 0, 0])
    const value = graph.constant(`${output}/level`, [], Float32Array.of(level))
    graph.node('Pad', [...inputs, pads, value], output)
  },
  upsample({ factor }, { graph, inputs, output }) {
    const scales = graph.constant(`${output}/scales`, [4], Float32Array.of(1, 1, factor, factor))
    graph.node('Resize', [...inputs, '', scales], output)
  },
  transposed(layer, site) {
    const { graph, inputs, output, input } = site
    const { name, kernel, filters, bias } = layer
    const shape = [input.channels, filters, kernel, kernel]
    const constants = [graph.constant(`${name}.weight`, shape, tensor(layer, site, 'weight'))]
    if (bias) constants.push(graph.constant(`${name}.bias`, [filters], tensor(layer, site, 'bias')))
    graph.node('ConvTranspose', [...inputs, ...constants], output, {
      kernel_shape: [kernel, kernel],
      strides: [kernel, kernel],
    })
  },
  attention(layer, site) {
    const { graph, inputs, output, input } = site
    const { channels, height, width } = input
    const maps = { query: layer.inner, key: layer.inner, value: channels }
    for (const [kind, count] of Object.entries(maps)) {
      const constants = [
        graph.constant(`${layer.name}.${kind}.weight`, [count, channels, 1, 1], tensor(layer, site, `${kind}.weight`)),
        graph.constant(`${layer.name}.${kind}.bias`, [count], tensor(layer, site, `${kind}.bias`)),
      ]
      graph.node('Conv', [...inputs, ...constants], `${output}/${kind}`, { kernel_shape: [1, 1], strides: [1, 1] })
      // 0 keeps the batch: it is free.
      const extents = graph.integers(`${output}/${kind}.shape`, [0, count, height * width])
      graph.node('Reshape', [`${output}/${kind}`, extents], `${output}/${kind}s`)
    }
    graph.node('Transpose', [`${output}/querys`], `${output}/rows`, { perm: [0, 2, 1] })
    graph.node('MatMul', [`${output}/rows`, `${output}/keys`], `${output}/scores`)
    graph.node('Softmax', [`${output}/scores`], `${output}/shares`, { axis: 2 })
    graph.node('Transpose', [`${output}/shares`], `${output}/columns`, { perm: [0, 2, 1] })
    graph.node('MatMul', [`${output}/values`, `${output}/columns`], `${output}/mixed`)
    const map = graph.integers(`${output}/map`, [0, channels, height, width])
    graph.node('Reshape', [`${output}/mixed`, map], `${output}/maps`)
    const gain = graph.constant(`${layer.name}.gain`, [1], tensor(layer, site, 'gain'))
    graph.node('Mul', [`${output}/maps`, gain], `${output}/weighed`)
    graph.node('Add', [inputs[0]!, `${output}/weighed`], output)
  },
}

function tensor({ name }: CodecLayer, { weights }: Site, suffix: string): Float32Array {
  const values = weights.get(`${name}.${suffix}`)
  if (!values) throw new Error(`weight "${name}.${suffix}" is missing`)
  return values
}

/** Writes one layer. Throws an Error for a wire layer: head and tail never hold one. */
export function exportCodecLayer(layer: CodecLayer, site: Site): void {
  const exporter = (exporters as Record<string, ((layer: CodecLayer, site: Site) => void) | undefined>)[layer.op]
  if (!exporter) throw new Error(`"${layer.name}" lies between head and tail and is in neither file`)
  exporter(layer, site)
}
