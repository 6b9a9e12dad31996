import { CodedError } from '#common/errors.ts'
import { GraphWriter } from '#common/formats/onnx/graph.ts'
import type { InputLayer, Layer } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import { writeCoder } from '../onnx/coders.ts'
import type { FeatureCoding } from '../onnx/coding.ts'
import { crossingAt } from '../onnx/crossing.ts'
import { crossingTensor, imageOf, indexOfCut, normalise, tensorNames } from '../onnx/export.ts'
import { foldHead } from './fold.ts'
import { Int8Writer } from './layers.ts'
import type { Range } from './numbers.ts'
import { crossesAsItIs, isCoded, observedLayers, tensorScales } from './tensors.ts'

/** Layers of the network whose ranges `exportInt8Head` needs. */
export const layersToObserve = (model: Model, layerName: string): string[] =>
  observedLayers(foldHead(model, crossingAt(model.network, layerName).encoded).network)

/**
 * The same file as `exportHead` writes, in whole numbers (post-training quantisation): batch normalisation folded, weights
 * int8 per output channel, biases int32, activations uint8 per tensor (`ranges`). It is told in the operators of opset 17
 * alone, with QuantizeLinear and DequantizeLinear around every layer, which ONNX Runtime fuses to its integer kernels; any
 * other runtime computes the same in floats. Throws `bad-usage` at the image, before which nothing is computed.
 */
export function exportInt8Head(
  model: Model,
  layerName: string,
  coding: FeatureCoding,
  ranges: ReadonlyMap<string, Range>,
): Uint8Array<ArrayBuffer> {
  if (indexOfCut(model.network, layerName) === 0) {
    throw new CodedError(
      'bad-usage',
      'A head that sends the image computes nothing that could be int8.',
      'Cut the network behind a layer.',
    )
  }
  const { encoded } = crossingAt(model.network, layerName)
  const head = foldHead(model, encoded)
  const { network } = head
  const graph = new GraphWriter()
  const writer = new Int8Writer(graph, head, tensorScales(network, coding, ranges))
  const [image, ...layers] = network.layers
  normalise(graph, network, tensorNames.image)
  if (isCoded(network, image!)) writer.code(image!)
  for (const layer of layers.slice(0, -1) as Exclude<Layer, InputLayer>[]) {
    writer.write(layer)
    if (isCoded(network, layer)) writer.code(layer)
  }
  const last = layers.at(-1) as Exclude<Layer, InputLayer>
  const coded = isCoded(network, last)
  const { features } = tensorNames
  const crossing = crossingTensor(model.network, layerName, coding)
  if (coding.type === 'float32') {
    writer.write(last, coded ? undefined : features)
    if (coded) writer.code(last, undefined, features)
  } else if (crossesAsItIs(network, coding)) {
    writer.write(last)
    writer.code(last, features, null)
  } else {
    writer.write(last)
    if (coded) writer.code(last)
    writeCoder(graph, coding, writer.valueOf(last.name), features, crossing.shape)
  }
  return graph.finish('int8 head', imageOf(model.network), { name: features, ...crossing })
}
