import { MessageReader } from './protobuf.ts'
import type { OnnxTensor } from './tensor.ts'
import { readTensor } from './tensor.ts'

/** An ONNX file (onnx.proto, ModelProto) with everything that an importer needs; numbers are decoded when asked for. */
export interface OnnxModel {
  irVersion: number
  producer: string
  /** Version of each operator set by domain; the default domain is "". */
  opsets: ReadonlyMap<string, number>
  /** Functions that the file defines for itself, "domain.name". */
  functions: ReadonlySet<string>
  graph: OnnxGraph
}

export interface OnnxGraph {
  name: string
  /** Without those that only give an initialiser its type. */
  inputs: readonly OnnxValue[]
  outputs: readonly OnnxValue[]
  nodes: readonly OnnxNode[]
  initialisers: ReadonlyMap<string, OnnxTensor>
}

export interface OnnxValue {
  name: string
  /** Element type as ONNX numbers it; 0 where it is not a tensor. */
  type: number
  /** A free dimension is its name ("" where it has none); undefined where the file says nothing of the shape. */
  shape: readonly (number | string)[] | undefined
}

export interface OnnxNode {
  /** From 1, in the order of the file. */
  position: number
  name: string
  op: string
  domain: string
  /** An input that is left out is "". */
  inputs: readonly string[]
  outputs: readonly string[]
  attributes: ReadonlyMap<string, OnnxAttribute>
}

export interface OnnxAttribute {
  readonly integer: number | undefined
  readonly integers: readonly number[]
  readonly float: number | undefined
  readonly floats: readonly number[]
  readonly text: string | undefined
  /** Throws an Error where the tensor is damaged. */
  tensor(): OnnxTensor | undefined
  /** Whether it holds a graph, as those of If and Loop do. */
  readonly isGraph: boolean
}

/** Throws an Error, saying what is wrong, where the bytes are no ONNX file. */
export function parseOnnx(bytes: Uint8Array): OnnxModel {
  const model = new MessageReader(bytes)
  const [graph] = model.messages(7)
  if (!graph) throw new Error('it holds no graph')
  const opsets = new Map(model.messages(8).map((one) => [defaultDomain(one.text(1)), one.integer(2) ?? 0]))
  if (opsets.size === 0) throw new Error('it names no operator set')
  return {
    irVersion: model.integer(1) ?? 0,
    producer: [model.text(2), model.text(3)].filter((part) => part !== '').join(' '),
    opsets,
    functions: new Set(model.messages(25).map((one) => `${defaultDomain(one.text(10))}.${one.text(1)}`)),
    graph: parseGraph(graph),
  }
}

/** "ai.onnx" and "" are one domain. */
const defaultDomain = (name: string): string => (name === 'ai.onnx' ? '' : name)

function parseGraph(graph: MessageReader): OnnxGraph {
  if (graph.has(15)) throw new Error('it holds sparse tensors, which are not read')
  const initialisers = new Map<string, OnnxTensor>()
  for (const message of graph.messages(5)) {
    const tensor = readTensor(message)
    if (initialisers.has(tensor.name)) throw new Error(`two constants are named "${tensor.name}"`)
    initialisers.set(tensor.name, tensor)
  }
  return {
    name: graph.text(2),
    inputs: graph
      .messages(11)
      .map(parseValue)
      .filter(({ name }) => !initialisers.has(name)),
    outputs: graph.messages(12).map(parseValue),
    nodes: graph.messages(1).map(parseNode),
    initialisers,
  }
}

function parseValue(info: MessageReader): OnnxValue {
  const type = info.messages(2)[0]?.messages(1)[0]
  const shape = type?.messages(2)[0]
  return {
    name: info.text(1),
    type: type?.integer(1) ?? 0,
    shape: shape?.messages(1).map((one) => one.integer(1) ?? one.text(2)),
  }
}

function parseNode(node: MessageReader, index: number): OnnxNode {
  return {
    position: index + 1,
    name: node.text(3),
    op: node.text(4),
    domain: defaultDomain(node.text(7)),
    inputs: node.texts(1),
    outputs: node.texts(2),
    attributes: new Map(node.messages(5).map((one) => [one.text(1), parseAttribute(one)])),
  }
}

function parseAttribute(message: MessageReader): OnnxAttribute {
  return {
    integer: message.integer(3),
    integers: message.integers(8),
    float: message.float(2),
    floats: message.floats(7),
    text: message.has(4) ? message.text(4) : undefined,
    tensor() {
      const [tensor] = message.messages(5)
      return tensor && readTensor(tensor)
    },
    isGraph: message.has(6) || message.has(11),
  }
}
