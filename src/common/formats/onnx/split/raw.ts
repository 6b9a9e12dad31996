import { CodedError } from '../../../errors.ts'
import { MessageReader } from '../protobuf.ts'

/**
 * An ONNX file as far as cutting it needs: nodes with what they read and write, constants, inputs and outputs. Whatever
 * is copied into a head or a tail is kept as the bytes that stood in the file, so that nothing is lost on the way. (An
 * importer wants the numbers instead: `parseOnnx`.)
 */

/** Element types of ONNX (onnx.proto, TensorProto.DataType) by their number. */
export const elementTypeNames: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
}

export interface RawNode {
  /** Position in the file, from 0. */
  index: number
  name: string
  op: string
  /** '' is the default domain. */
  domain: string
  inputs: readonly string[]
  /** Names of the outer graph that the node's own graphs (branches, loop bodies) read. */
  captured: readonly string[]
  outputs: readonly string[]
  /** Plain integer attributes. */
  integers: ReadonlyMap<string, number>
  bytes: Uint8Array
}

export interface RawConstant {
  name: string
  dims: readonly number[]
  /** Number of its element type. */
  type: number
  /** File beside the model that holds its data; null: the data are in the message. */
  external: { location: string; offset: number; length: number | null } | null
  bytes: Uint8Array
}

export interface RawValue {
  name: string
  /** Number of its element type; 0: it is no tensor (a sequence, a map). */
  type: number
  /** A name or null where the extent is free; null: nothing is said of the shape. */
  dims: readonly (number | string | null)[] | null
}

export interface RawModel {
  /** Version of the file format. */
  ir: number
  /** "pytorch 2.13.0" */
  producer: string
  /** Of the default domain. */
  opset: number
  graphName: string
  nodes: readonly RawNode[]
  constants: ReadonlyMap<string, RawConstant>
  /** What a user has to give: inputs without a default. */
  inputs: readonly RawValue[]
  outputs: readonly RawValue[]
  /** Messages that every part keeps: opset imports and functions of its own. */
  opsetImports: readonly Uint8Array[]
  functions: readonly Uint8Array[]
  sparseConstants: readonly Uint8Array[]
  quantisation: readonly Uint8Array[]
}

const bad = (what: string): CodedError =>
  new CodedError('bad-network', `This is no readable ONNX file: ${what}.`, 'Export the model again.')

/** Throws `bad-network` where the bytes are no ONNX model with a graph. */
export function readRawModel(bytes: Uint8Array): RawModel {
  try {
    return read(new MessageReader(bytes))
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw bad(error instanceof Error ? error.message : String(error))
  }
}

function read(model: MessageReader): RawModel {
  const [graph] = model.messages(7).slice(-1)
  if (!graph) throw bad('it has no graph')
  const constants = new Map(
    graph.bytes(5).map((bytes) => {
      const constant = constantOf(bytes)
      return [constant.name, constant] as const
    }),
  )
  const nodes = graph.bytes(1).map(nodeOf)
  if (nodes.length === 0) throw bad('its graph has no nodes')
  const opset = model
    .messages(8)
    .filter((entry) => entry.text(1) === '' || entry.text(1) === 'ai.onnx')
    .map((entry) => entry.integer(2) ?? 1)
  return {
    ir: model.integer(1) ?? 1,
    producer: [model.text(2), model.text(3)].filter((part) => part !== '').join(' '),
    opset: Math.max(1, ...opset),
    graphName: graph.text(2),
    nodes,
    constants,
    inputs: graph
      .messages(11)
      .map(valueInfoOf)
      .filter(({ name }) => !constants.has(name)),
    outputs: graph.messages(12).map(valueInfoOf),
    opsetImports: model.bytes(8),
    functions: model.bytes(25),
    sparseConstants: graph.bytes(15),
    quantisation: graph.bytes(14),
  }
}

function constantOf(bytes: Uint8Array): RawConstant {
  const tensor = new MessageReader(bytes)
  const entries = new Map(tensor.messages(13).map((entry) => [entry.text(1), entry.text(2)]))
  const external =
    tensor.integer(14) === 1
      ? {
          location: entries.get('location') ?? '',
          offset: Number(entries.get('offset') ?? 0),
          length: entries.has('length') ? Number(entries.get('length')) : null,
        }
      : null
  return { name: tensor.text(8), dims: tensor.integers(1), type: tensor.integer(2) ?? 0, external, bytes }
}

function nodeOf(bytes: Uint8Array, index: number): RawNode {
  const node = new MessageReader(bytes)
  const attributes = node.messages(5)
  const integers = new Map<string, number>()
  for (const attribute of attributes) {
    const value = attribute.integer(3)
    if (value !== undefined) integers.set(attribute.text(1), value)
  }
  return {
    index,
    name: node.text(3),
    op: node.text(4),
    domain: node.text(7),
    inputs: node.texts(1),
    captured: attributes.flatMap((attribute) => [...attribute.messages(6), ...attribute.messages(11)].flatMap(reads)),
    outputs: node.texts(2),
    integers,
    bytes,
  }
}

/** Names that a graph inside of a node reads and does not define itself. */
function reads(graph: MessageReader): string[] {
  const own = new Set([
    ...graph.messages(5).map((constant) => constant.text(8)),
    ...graph.messages(11).map((value) => value.text(1)),
  ])
  const wanted: string[] = graph.messages(12).map((value) => value.text(1))
  for (const [index, bytes] of graph.bytes(1).entries()) {
    const node = nodeOf(bytes, index)
    for (const output of node.outputs) own.add(output)
    wanted.push(...node.inputs, ...node.captured)
  }
  return [...new Set(wanted)].filter((name) => name !== '' && !own.has(name))
}

function valueInfoOf(value: MessageReader): RawValue {
  const name = value.text(1)
  const tensor = value.messages(2).at(-1)?.messages(1).at(-1)
  if (!tensor) return { name, type: 0, dims: null }
  const shape = tensor.messages(2).at(-1)
  const dims = shape?.messages(1).map((dimension): number | string | null => {
    const extent = dimension.integer(1)
    if (extent !== undefined && extent > 0) return extent
    return dimension.text(2) || null
  })
  return { name, type: tensor.integer(1) ?? 0, dims: dims ?? null }
}

/** Everything that a node reads, its graphs' captures included; without optional inputs that are not given. */
export const readsOf = ({ inputs, captured }: RawNode): string[] =>
  [...inputs, ...captured].filter((name) => name !== '')
