/** A few ONNX files, encoded by hand and independent of the exporter: graphs that one can follow with a pencil. */
const varint = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return bytes
}
const integer = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)]
const bytes = (field: number, content: ArrayLike<number>): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...Array.from(content),
]
const text = (field: number, content: string): number[] => bytes(field, new TextEncoder().encode(content))

const elementTypes = { float32: 1, uint8: 2 } as const
type ElementType = keyof typeof elementTypes

const valueInfo = (name: string, type: ElementType, shape: readonly (number | string)[]): number[] => {
  const dims = shape.flatMap((extent) => bytes(1, typeof extent === 'number' ? integer(1, extent) : text(2, extent)))
  const tensorType = [...integer(1, elementTypes[type]), ...bytes(2, dims)]
  return [...text(1, name), ...bytes(2, bytes(1, tensorType))]
}

const floats = (name: string, dims: number[], values: number[]): number[] => [
  ...dims.flatMap((extent) => integer(1, extent)),
  ...integer(2, elementTypes.float32),
  ...text(8, name),
  ...bytes(9, new Uint8Array(Float32Array.from(values).buffer)),
]

export interface TinyNode {
  operator: string
  inputs: string[]
  output: string
  /** Integer and integer-list attributes. */
  attributes?: Record<string, number | number[]>
}

const node = ({ operator, inputs, output, attributes = {} }: TinyNode): number[] => [
  ...inputs.flatMap((name) => text(1, name)),
  ...text(2, output),
  ...text(4, operator),
  ...Object.entries(attributes).flatMap(([name, value]) =>
    bytes(
      5,
      typeof value === 'number'
        ? [...text(1, name), ...integer(3, value), ...integer(20, 2)]
        : [...text(1, name), ...value.flatMap((item) => integer(8, item)), ...integer(20, 7)],
    ),
  ),
]

export interface TinyValue {
  name: string
  type: ElementType
  /** A string is a symbolic extent. */
  shape: readonly (number | string)[]
}

/** An ONNX model (opset 17, IR 8) with one input and one output. */
export function tinyOnnx(graph: {
  input: TinyValue
  output: TinyValue
  nodes: TinyNode[]
  constants?: { name: string; shape: number[]; values: number[] }[]
}): Uint8Array {
  const { input, output } = graph
  const body = [
    ...graph.nodes.flatMap((item) => bytes(1, node(item))),
    ...text(2, 'tiny'),
    ...(graph.constants ?? []).flatMap(({ name, shape, values }) => bytes(5, floats(name, shape, values))),
    ...bytes(11, valueInfo(input.name, input.type, input.shape)),
    ...bytes(12, valueInfo(output.name, output.type, output.shape)),
  ]
  return Uint8Array.from([...integer(1, 8), ...bytes(8, integer(2, 17)), ...bytes(7, body)])
}
