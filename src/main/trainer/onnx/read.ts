import { MessageReader } from '#common/formats/onnx/protobuf.ts'

/** An ONNX file taken apart again, without its numbers: what a check needs that trusts nothing but the bytes. */
export interface OnnxGraph {
  opset: number
  input: OnnxTensor
  output: OnnxTensor
  nodes: OnnxNode[]
  /** Shapes of the constants by name. */
  constants: Map<string, number[]>
  /** Values of the short constants that say how an operator works: extents, axes, paddings, scales. */
  numbers: Map<string, number[]>
}

export interface OnnxTensor {
  name: string
  /** Element type as ONNX numbers it. */
  type: number
  /** A free dimension is its name. */
  shape: (number | string)[]
}

export interface OnnxNode {
  op: string
  inputs: string[]
  output: string
  /** Integer attributes; a single one is a list of one. */
  integers: Map<string, number[]>
}

/** Throws an Error where the bytes are no ONNX file with one input and one output. */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const model = new MessageReader(bytes)
  const [graph] = model.messages(7)
  const opset = model
    .messages(8)
    .find((one) => one.text(1) === '')
    ?.integer(2)
  if (!graph || opset === undefined) throw new Error('not an ONNX file')
  const [inputs, outputs] = [graph.messages(11).map(tensorOf), graph.messages(12).map(tensorOf)]
  if (inputs.length !== 1 || outputs.length !== 1) throw new Error('an ONNX file without one input and one output')
  return {
    opset,
    input: inputs[0]!,
    output: outputs[0]!,
    nodes: graph.messages(1).map(nodeOf),
    constants: new Map(graph.messages(5).map((tensor) => [tensor.text(8), tensor.integers(1)])),
    numbers: new Map(graph.messages(5).flatMap(numbersOf)),
  }
}

/** Longer ones are weights. */
const longest = 8

function numbersOf(tensor: MessageReader): [string, number[]][] {
  const [extent, further] = tensor.integers(1)
  if (extent === undefined || further !== undefined || extent > longest) return []
  const [data] = tensor.bytes(9)
  if (!data) return []
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const type = tensor.integer(2)
  if (type === 7) {
    return [[tensor.text(8), Array.from({ length: extent }, (_, i) => Number(view.getBigInt64(8 * i, true)))]]
  }
  if (type === 1) return [[tensor.text(8), Array.from({ length: extent }, (_, i) => view.getFloat32(4 * i, true))]]
  return []
}

function nodeOf(node: MessageReader): OnnxNode {
  const integers = node.messages(5).map((one): [string, number[]] => {
    const single = one.integer(3)
    return [one.text(1), single === undefined ? one.integers(8) : [single]]
  })
  return { op: node.text(4), inputs: node.texts(1), output: node.text(2), integers: new Map(integers) }
}

function tensorOf(info: MessageReader): OnnxTensor {
  const type = info.messages(2)[0]?.messages(1)[0]
  if (!type) throw new Error('an ONNX file whose input or output is not a tensor')
  const dimensions = type.messages(2)[0]?.messages(1) ?? []
  return {
    name: info.text(1),
    type: type.integer(1) ?? 0,
    shape: dimensions.map((one) => one.integer(1) ?? one.text(2)),
  }
}
