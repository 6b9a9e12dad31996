import type { Random } from '#common/random.ts'
import type { Field } from './protobufTree.ts'
import { readFields, text, writeFields } from './protobufTree.ts'

/** Changes bytes without knowing what they mean. */
export function mutateBytes(bytes: Uint8Array, rng: Random): Uint8Array {
  const at = rng.below(bytes.length)
  const length = 1 + rng.below(Math.min(64, bytes.length - at))
  const before = bytes.subarray(0, at)
  switch (rng.below(7)) {
    case 0:
      return bytes.slice(0, at)
    case 1: {
      const copy = bytes.slice()
      for (let count = 1 + rng.below(8); count > 0; count--) copy[rng.below(copy.length)] = rng.below(256)
      return copy
    }
    case 2:
      return joined(before, bytes.subarray(at + length))
    case 3:
      return joined(before, bytes.subarray(at, at + length), bytes.subarray(at))
    case 4:
      return joined(
        before,
        Uint8Array.from({ length }, () => rng.below(256)),
        bytes.subarray(at),
      )
    case 5:
      // A number that claims a length of its own: huge, or more bits than there are.
      return joined(before, new Uint8Array(1 + rng.below(12)).fill(255), bytes.subarray(at + length))
    default: {
      const copy = bytes.slice()
      copy[at] = copy[at]! ^ (1 << rng.below(8))
      return copy
    }
  }
}

const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

const operators = [
  'Conv',
  'Relu',
  'Gemm',
  'Add',
  'Concat',
  'Flatten',
  'Reshape',
  'Transpose',
  'MaxPool',
  'Mul',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'GlobalAveragePool',
  'Split',
  'Slice',
  'Gather',
  'If',
  'Frobnicate',
  '',
]
const extents = [0, 1, 2, 3, 7, 255, 65_536, 2 ** 31, 2 ** 40, 2 ** 52]

/** Changes an ONNX file where it hurts, and leaves it a well-formed message. */
export function mutateOnnx(bytes: Uint8Array, rng: Random): Uint8Array {
  const model = readFields(bytes)
  const graphField = model.find(({ number }) => number === 7)!
  const graph = readFields(graphField.value as Uint8Array)
  for (let count = 1 + rng.below(3); count > 0; count--) mutateGraph(graph, rng)
  if (rng.below(10) === 0) {
    // Another version of the operators.
    const opset = model.find(({ number }) => number === 8)
    if (opset) opset.value = writeFields([{ number: 2, wire: 0, value: pick([0, 1, 6, 9, 13, 99, 2 ** 31], rng) }])
  }
  graphField.value = writeFields(graph)
  return writeFields(model)
}

const pick = <T>(items: readonly T[], rng: Random): T => items[rng.below(items.length)]!

function mutateGraph(graph: Field[], rng: Random): void {
  const indices = (number: number): number[] => [...graph.keys()].filter((at) => graph[at]!.number === number)
  const [nodes, constants, inputs] = [indices(1), indices(5), indices(11)]
  const at = nodes.length === 0 ? undefined : pick(nodes, rng)
  switch (rng.below(10)) {
    case 0:
      if (at !== undefined) graph.splice(at, 1)
      return
    case 1:
      if (at !== undefined) graph.splice(pick(nodes, rng), 0, graph[at]!)
      return
    case 2: {
      // Order: what reads comes before what writes.
      const other = nodes.length === 0 ? undefined : pick(nodes, rng)
      if (at === undefined || other === undefined) return
      const [a, b] = [graph[at]!, graph[other]!]
      graph[at] = b
      graph[other] = a
      return
    }
    case 3:
      if (constants.length > 0) graph.splice(pick(constants, rng), 1)
      return
    case 4:
    case 5:
      if (constants.length > 0) change(graph, pick(constants, rng), (fields) => mutateTensor(fields, rng))
      return
    case 6:
      if (inputs.length > 0) change(graph, pick(inputs, rng), (fields) => mutateType(fields, rng))
      return
    default:
      if (at !== undefined) change(graph, at, (fields) => mutateNode(fields, rng, namesIn(graph)))
  }
}

function change(fields: Field[], at: number, edit: (inner: Field[]) => void): void {
  const inner = readFields(fields[at]!.value as Uint8Array)
  edit(inner)
  fields[at] = { ...fields[at]!, value: writeFields(inner) }
}

/** Names of all that nodes write: an input that is one of them may make a cycle. */
const namesIn = (graph: readonly Field[]): Uint8Array[] =>
  graph
    .filter(({ number }) => number === 1)
    .flatMap(({ value }) => readFields(value as Uint8Array).filter(({ number }) => number === 2))
    .map(({ value }) => value as Uint8Array)

function mutateNode(node: Field[], rng: Random, names: readonly Uint8Array[]): void {
  const of = (number: number): Field[] => node.filter((field) => field.number === number)
  const attributes = [...node.keys()].filter((at) => node[at]!.number === 5)
  switch (rng.below(5)) {
    case 0:
      for (const operator of of(4)) operator.value = text(pick(operators, rng))
      return
    case 1:
      if (of(1).length > 0 && names.length > 0) pick(of(1), rng).value = pick(names, rng)
      return
    case 2:
      if (of(1).length > 0) node.splice(node.indexOf(pick(of(1), rng)), 1)
      return
    case 3:
      if (attributes.length > 0) node.splice(pick(attributes, rng), 1)
      return
    default:
      if (attributes.length === 0) return
      change(node, pick(attributes, rng), (attribute) => {
        for (const field of attribute) {
          if (typeof field.value === 'number' && field.number !== 20) field.value = pick(extents, rng)
          // A float (HardSigmoid's α): any bits, infinities and no numbers among them.
          else if (field.wire === 5) field.value = Uint8Array.from({ length: 4 }, () => rng.below(256))
        }
      })
  }
}

function mutateTensor(tensor: Field[], rng: Random): void {
  const dims = tensor.filter(({ number, wire }) => number === 1 && wire === 0)
  switch (rng.below(5)) {
    case 0:
      if (dims.length > 0) pick(dims, rng).value = pick(extents, rng)
      return
    case 1:
      for (const type of tensor.filter(({ number }) => number === 2)) type.value = rng.below(20)
      return
    case 2: {
      const raw = tensor.find(({ number }) => number === 9)
      if (raw) raw.value = mutateBytes(raw.value as Uint8Array, rng)
      return
    }
    case 3:
      tensor.splice(0, 0, { number: 1, wire: 0, value: pick(extents, rng) })
      return
    default: {
      // Its numbers lie elsewhere.
      const location = pick(['/etc/passwd', '../secret', 'weights.bin', 'a/../../b', '.', ''], rng)
      const entry = [
        { number: 1, wire: 2, value: text('location') },
        { number: 2, wire: 2, value: text(location) },
      ]
      tensor.push({ number: 13, wire: 2, value: writeFields(entry) }, { number: 14, wire: 0, value: 1 })
    }
  }
}

/** The type and shape of the input. */
function mutateType(info: Field[], rng: Random): void {
  const into = (fields: Field[], path: readonly number[], edit: (inner: Field[]) => void): void => {
    const [first, ...rest] = path
    const found = [...fields.keys()].filter((at) => fields[at]!.number === first && fields[at]!.wire === 2)
    if (found.length === 0) return
    change(fields, pick(found, rng), (inner) => (rest.length === 0 ? edit(inner) : into(inner, rest, edit)))
  }
  if (rng.below(3) === 0) {
    into(info, [2, 1], (type) => {
      for (const field of type) if (field.number === 1 && field.wire === 0) field.value = rng.below(20)
    })
  } else {
    into(info, [2, 1, 2, 1], (dimension) => {
      dimension.splice(0, dimension.length, { number: 1, wire: 0, value: pick(extents, rng) })
    })
  }
}

/** Changes one value somewhere in a JSON document. */
export function mutateJson(document: string, rng: Random): string {
  const value = JSON.parse(document) as unknown
  const places: { holder: Record<string, unknown>; key: string }[] = []
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return
    for (const key of Object.keys(one)) {
      places.push({ holder: one as Record<string, unknown>, key })
      walk((one as Record<string, unknown>)[key])
    }
  }
  walk(value)
  const { holder, key } = pick(places, rng)
  const others = [null, -1, 0, 1.5, 1e9, 1e300, '', 'input', [], {}, true, [1e9, 1e9], 'x'.repeat(1000)]
  if (rng.below(6) === 0) delete holder[key]
  else if (rng.below(4) === 0) holder[key] = structuredClone(pick(places, rng).holder)
  else holder[key] = pick(others, rng)
  return JSON.stringify(value)
}
