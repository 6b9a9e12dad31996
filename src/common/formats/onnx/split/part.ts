import { MessageReader, MessageWriter } from '../protobuf.ts'
import type { Flow } from './flow.ts'
import { ancestors } from './flow.ts'
import type { RawConstant, RawModel } from './raw.ts'
import { readsOf } from './raw.ts'
import type { SharedPlaces } from './sharedWeights.ts'
import { withPlace } from './sharedWeights.ts'

/** A tensor at the border of a part, with its shape (batch first). */
export interface Border {
  name: string
  /** Number of its element type. */
  type: number
  dims: readonly number[]
}

/** From this version of the format on constants need not be inputs as well. */
const leastIr = 4
const float32 = 1

/**
 * The part of a model between two tensors as an ONNX file of its own: the nodes between them, with all constants (and
 * nodes that compute constants) that they read. A part that ends in another type than float32 gets a Cast where `asFloat`.
 * `inline`: the data of constants that lie in files beside the model; `shared`: what lies in a file that the part shares
 * with others, see `sharedWeights`.
 */
export function partOf(
  model: RawModel,
  flow: Pick<Flow, 'producers' | 'order'>,
  from: Border,
  to: Border,
  {
    asFloat = false,
    inline = new Map(),
    shared,
  }: { asFloat?: boolean; inline?: ReadonlyMap<string, Uint8Array>; shared?: SharedPlaces | undefined } = {},
): Uint8Array<ArrayBuffer> {
  const cast = asFloat && to.type !== float32
  const last = cast ? { name: `${to.name}/float32`, type: float32, dims: to.dims } : to
  const graph = new MessageWriter()
  const written = from.name === to.name ? [] : nodesBetween(flow, from.name, to.name)
  for (const { bytes } of written) graph.bytes(1, bytes)
  let end = to.name
  if (from.name === to.name) {
    // Input and output of a graph must not be the same tensor.
    end = `${to.name}/same`
    graph.message(1, new MessageWriter().text(1, from.name).text(2, end).text(3, end).text(4, 'Identity'))
  }
  if (cast) {
    const type = new MessageWriter().text(1, 'to').integer(3, float32).integer(20, 2)
    graph.message(
      1,
      new MessageWriter().text(1, end).text(2, last.name).text(3, last.name).text(4, 'Cast').message(5, type),
    )
    end = last.name
  }
  graph.text(2, model.graphName || 'part')
  const read = new Set(written.flatMap(readsOf))
  const parameters = new Set<string>()
  for (const constant of model.constants.values()) {
    if (!read.has(constant.name)) continue
    parameters.add(constant.name)
    const data = inline.get(constant.name)
    const place = shared?.places.get(constant.name)
    if (shared && place) graph.message(5, withPlace(constant, shared.location, place))
    else if (data) graph.message(5, withData(constant, data))
    else graph.bytes(5, constant.bytes)
  }
  graph.message(11, valueInfo(from)).message(12, valueInfo({ ...last, name: end }))
  for (const bytes of model.sparseConstants) graph.bytes(15, bytes)
  for (const bytes of model.quantisation) {
    if (read.has(new MessageReader(bytes).text(1))) graph.bytes(14, bytes)
  }
  return fileOf(model, graph)
}

/** The model as it stands with other outputs, and with `shapes` more: of each of these tensors its shape (int64). */
export function withOutputs(
  model: RawModel,
  outputs: readonly string[],
  shapes: readonly string[],
  inputs: readonly Border[],
  inline: ReadonlyMap<string, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const graph = new MessageWriter()
  for (const { bytes } of model.nodes) graph.bytes(1, bytes)
  for (const name of shapes) {
    const output = shapeName(name)
    graph.message(1, new MessageWriter().text(1, name).text(2, output).text(3, output).text(4, 'Shape'))
  }
  graph.text(2, model.graphName || 'model')
  for (const constant of model.constants.values()) {
    const data = inline.get(constant.name)
    if (data) graph.message(5, withData(constant, data))
    else graph.bytes(5, constant.bytes)
  }
  for (const input of inputs) graph.message(11, valueInfo(input))
  for (const name of [...outputs, ...shapes.map(shapeName)]) graph.message(12, new MessageWriter().text(1, name))
  for (const bytes of model.sparseConstants) graph.bytes(15, bytes)
  for (const bytes of model.quantisation) graph.bytes(14, bytes)
  return fileOf(model, graph)
}

/** Name of the output that tells the shape of a tensor. */
export const shapeName = (tensor: string): string => `${tensor}/shape of`

function nodesBetween({ producers, order }: Pick<Flow, 'producers' | 'order'>, from: string, to: string) {
  const wanted = ancestors(to, producers, new Set([from]))
  return order.filter((node) => wanted.has(node))
}

function fileOf(model: RawModel, graph: MessageWriter): Uint8Array<ArrayBuffer> {
  const file = new MessageWriter().integer(1, Math.max(leastIr, model.ir)).text(2, 'splitbench').message(7, graph)
  for (const bytes of model.opsetImports) file.bytes(8, bytes)
  for (const bytes of model.functions) file.bytes(25, bytes)
  return file.finish()
}

/** The constant with its data inside; they are little endian in the file beside the model as here. */
function withData({ name, dims, type }: RawConstant, data: Uint8Array): MessageWriter {
  const tensor = new MessageWriter()
  for (const extent of dims) tensor.integer(1, extent)
  return tensor.integer(2, type).text(8, name).bytes(9, data)
}

function valueInfo({ name, type, dims }: Border): MessageWriter {
  const shape = new MessageWriter()
  for (const extent of dims) shape.message(1, new MessageWriter().integer(1, extent))
  const tensor = new MessageWriter().integer(1, type).message(2, shape)
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor))
}
