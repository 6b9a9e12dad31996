import { MessageWriter } from './protobuf.ts'

/** The messages of an ONNX file (onnx.proto), opset 17 of the default domain. */
export const opset = 17
const irVersion = 8

const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const
export type ElementType = keyof typeof elementTypes
type ConstantData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array

export type Attribute = number | readonly number[] | { float: number }

/** A number is an INT, a list INTS; FLOAT is marked, since JavaScript cannot tell 1 from 1.0. */
const attributeTypes = { float: 1, int: 2, ints: 7 } as const

export interface TensorInfo {
  name: string
  type: ElementType
  /** Without the batch, which is free and named N. */
  shape: readonly number[]
}

/** Collects nodes and constants in topological order; `finish` writes the file. */
export class GraphWriter {
  #graph = new MessageWriter()
  readonly #scalars = new Set<string>()

  /** `output` = op(`inputs`). Nodes must come after those that they read. */
  node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    const node = new MessageWriter()
    for (const input of inputs) node.text(1, input)
    node.text(2, output).text(3, output).text(4, op)
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value))
    this.#graph.message(1, node)
  }

  /** Stores a constant and returns its name. */
  constant(name: string, shape: readonly number[], data: ConstantData): string {
    const tensor = new MessageWriter()
    for (const extent of shape) tensor.integer(1, extent)
    tensor
      .integer(2, elementTypes[typeOf(data)])
      .text(8, name)
      .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    this.#graph.message(5, tensor)
    return name
  }

  /** A float that nodes share by its name. */
  scalar(name: string, value: number): string {
    if (!this.#scalars.has(name)) this.constant(name, [], Float32Array.of(value))
    this.#scalars.add(name)
    return name
  }

  /** Whole numbers that an operator takes as an input (axes, extents). */
  integers(name: string, values: readonly number[]): string {
    return this.constant(name, [values.length], BigInt64Array.from(values, BigInt))
  }

  finish(name: string, input: TensorInfo, output: TensorInfo): Uint8Array<ArrayBuffer> {
    this.#graph.text(2, name).message(11, valueInfo(input)).message(12, valueInfo(output))
    return new MessageWriter()
      .integer(1, irVersion)
      .text(2, 'splitbench')
      .message(7, this.#graph)
      .message(8, new MessageWriter().text(1, '').integer(2, opset))
      .finish()
  }
}

function typeOf(data: ConstantData): ElementType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Uint8Array) return 'uint8'
  if (data instanceof Int8Array) return 'int8'
  return data instanceof Int32Array ? 'int32' : 'int64'
}

function attribute(name: string, value: Attribute): MessageWriter {
  const message = new MessageWriter().text(1, name)
  if (typeof value === 'number') return message.integer(3, value).integer(20, attributeTypes.int)
  if ('float' in value) return message.float(2, value.float).integer(20, attributeTypes.float)
  for (const one of value) message.integer(8, one)
  return message.integer(20, attributeTypes.ints)
}

function valueInfo({ name, type, shape }: TensorInfo): MessageWriter {
  const dimensions = new MessageWriter().message(1, new MessageWriter().text(2, 'N'))
  for (const extent of shape) dimensions.message(1, new MessageWriter().integer(1, extent))
  const tensor = new MessageWriter().integer(1, elementTypes[type]).message(2, dimensions)
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor))
}
