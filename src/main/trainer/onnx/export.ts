import { CodedError } from '#common/errors.ts'
import type { TensorInfo } from '#common/formats/onnx/graph.ts'
import { GraphWriter } from '#common/formats/onnx/graph.ts'
import { isFlat } from '#common/network/flat.ts'
import type { InputLayer, Layer, Network } from '#common/network/graph.ts'
import { layerNamed, outputLayer } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import { writeCoder, writeDecoder } from './coders.ts'
import type { FeatureCoding } from './coding.ts'
import { crossingAt } from './crossing.ts'
import { exportLayer } from './layers.ts'

/** Names at the border of every file (protocol.md "A candidate on disk"). */
export const tensorNames = { image: 'image', features: 'features', logits: 'logits' } as const

/** Inside a file a layer's output carries the layer's name behind a slash: it can never be one of the names above. */
export const valueName = (layer: string): string => `/${layer}`

/**
 * The tensor that crosses at a layer: type, and shape of one image. At `input` that is the image itself, whatever the
 * coding, and at `output` the logits, coded; where a codec lies, what its encoder gives, coded.
 */
export function crossingTensor(
  network: Network,
  layerName: string,
  coding: FeatureCoding,
): { type: 'float32' | 'uint8'; shape: readonly number[] } {
  const layer = layerNamed(network, layerName)
  const { encoded } = crossingAt(network, layerName)
  const { channels, height, width } = inferShapes(network).get(encoded)!
  const [count, flat] = [channels / (coding.type === 'vectors' ? coding.size : 1), isFlat(network, encoded)]
  const type = layer.op === 'input' || coding.type !== 'float32' ? 'uint8' : 'float32'
  return { type, shape: flat ? [count] : [count, height, width] }
}

/**
 * The ONNX file of everything up to and including a layer (up to its encoder's end where a codec lies): `image` uint8 [N,3,H,W] RGB → `features`, NCHW. The image is
 * normalised inside, (u/255 − mean)/std. Equal models give equal bytes. Throws `bad-network` where the layer's output is
 * not all that the rest needs.
 */
export function exportHead(model: Model, layerName: string, coding: FeatureCoding): Uint8Array<ArrayBuffer> {
  const { network } = model
  indexOfCut(network, layerName)
  const { encoded } = crossingAt(network, layerName)
  const cut = network.layers.findIndex(({ name }) => name === encoded)
  const image = imageOf(network)
  const graph = new GraphWriter()
  const crossing = crossingTensor(network, layerName, coding)
  if (cut === 0) graph.node('Identity', [tensorNames.image], tensorNames.features)
  else {
    const coded = crossing.type === 'uint8' && coding.type !== 'float32' ? coding : undefined
    const features = coded ? valueName(encoded) : tensorNames.features
    normalise(graph, network, tensorNames.image)
    writeLayers(graph, model, [1, cut], new Map([[encoded, features]]))
    if (coded) writeCoder(graph, coded, features, tensorNames.features, crossing.shape)
  }
  return graph.finish('head', image, { name: tensorNames.features, ...crossing })
}

/**
 * The ONNX file of everything after a layer: `features` as the byte decoder gives them → `logits` float32 [N, classes]
 * before softmax. Throws as `exportHead` does.
 */
export function exportTail(model: Model, layerName: string, coding: FeatureCoding): Uint8Array<ArrayBuffer> {
  const { network } = model
  const cut = indexOfCut(network, layerName)
  const last = outputLayer(network)
  const graph = new GraphWriter()
  const crossing = crossingTensor(network, layerName, coding)
  const names = new Map([[last.name, tensorNames.logits as string]])
  if (cut === 0) normalise(graph, network, tensorNames.features)
  else if (coding.type !== 'float32')
    writeDecoder(graph, coding, tensorNames.features, names.get(layerName) ?? valueName(layerName), crossing.shape)
  else if (layerName === last.name) graph.node('Identity', [tensorNames.features], tensorNames.logits)
  else names.set(layerName, tensorNames.features)
  writeLayers(graph, model, [cut + 1, network.layers.length - 1], names)
  const logits = crossingTensor(network, last.name, { type: 'float32' })
  return graph.finish('tail', { name: tensorNames.features, ...crossing }, { name: tensorNames.logits, ...logits })
}

/** The ONNX file of a whole network: `image` uint8 [N,3,H,W] RGB → `logits` float32 [N, classes], normalisation inside. */
export function exportNetwork(model: Model): Uint8Array<ArrayBuffer> {
  const { network } = model
  const last = outputLayer(network)
  const graph = new GraphWriter()
  normalise(graph, network, tensorNames.image)
  writeLayers(graph, model, [1, network.layers.length - 1], new Map([[last.name, tensorNames.logits]]))
  const logits = crossingTensor(network, last.name, { type: 'float32' })
  return graph.finish('network', imageOf(network), { name: tensorNames.logits, ...logits })
}

/** Position of the layer, where only its output is read after it. */
export function indexOfCut({ name, layers }: Network, layerName: string): number {
  const cut = layers.findIndex((layer) => layer.name === layerName)
  if (cut < 0) throw new CodedError('bad-network', `${name} has no layer "${layerName}".`)
  const head = new Set(layers.slice(0, cut).map((layer) => layer.name))
  const crossing = layers.slice(cut + 1).flatMap((layer) => layer.inputs.filter((input) => head.has(input)))
  if (crossing.length > 0) {
    throw new CodedError(
      'bad-network',
      `${name} cannot be cut after "${layerName}": the output of "${crossing[0]}" is needed behind it too.`,
      'Cut at one of the partition points of the network.',
    )
  }
  return cut
}

export function imageOf({ name, layers }: Network): TensorInfo {
  const input = layers[0]
  if (input?.op !== 'input' || input.channels !== 3) {
    throw new CodedError('bad-network', `${name} does not begin with an image of three channels.`)
  }
  return { name: tensorNames.image, type: 'uint8', shape: [input.channels, input.height, input.width] }
}

/** value = pixel · 1/(255·std) − mean/std, per channel: two operators that hold for images of any size. */
export function normalise(graph: GraphWriter, { mean, std, layers }: Network, pixels: string): void {
  const perChannel = (name: string, of: (channel: number) => number): string =>
    graph.constant(
      name,
      [1, std.length, 1, 1],
      Float32Array.from(std, (_, channel) => of(channel)),
    )
  graph.node('Cast', [pixels], '/pixels/float', { to: 1 })
  const factor = perChannel('normalise.factor', (channel) => 1 / (255 * std[channel]))
  graph.node('Mul', ['/pixels/float', factor], '/pixels/scaled')
  const shift = perChannel('normalise.shift', (channel) => -mean[channel] / std[channel])
  graph.node('Add', ['/pixels/scaled', shift], valueName(layers[0]!.name))
}

/** Layers from…to, both included. `names`: outputs that are called otherwise. */
function writeLayers(
  graph: GraphWriter,
  { network, weights }: Model,
  [from, to]: readonly [number, number],
  names: ReadonlyMap<string, string>,
): void {
  const nameOf = (layer: string): string => names.get(layer) ?? valueName(layer)
  const shapes = inferShapes(network)
  for (const layer of network.layers.slice(from, to + 1) as Exclude<Layer, InputLayer>[]) {
    const [from] = layer.inputs as [string]
    exportLayer(layer, {
      graph,
      weights,
      input: shapes.get(from)!,
      flat: isFlat(network, from),
      flatInputs: layer.inputs.map((input) => isFlat(network, input)),
      inputs: layer.inputs.map(nameOf),
      output: nameOf(layer.name),
    })
  }
}
