import { CodedError } from '../../../errors.ts'
import type { RawModel, RawNode } from './raw.ts'
import { readsOf } from './raw.ts'

/** Operators whose output differs from run to run: never a constant, whatever they read. */
const randomOps = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
])

/** The way of the data from the one input to the one output. */
export interface Flow {
  input: string
  output: string
  /** Nodes that lie on the way, in an order in which each comes after what it reads; constants are not among them. */
  nodes: readonly RawNode[]
  /** Nodes that depend on no input: they belong to whoever reads them. */
  constantNodes: ReadonlySet<RawNode>
  producers: ReadonlyMap<string, RawNode>
  /** All nodes of the file, each after what it reads. */
  order: readonly RawNode[]
  /**
   * Tensors that cross alone: everything after them depends on the input only through them. In order, from the input to
   * the output, both included.
   */
  crossings: readonly Crossing[]
}

export interface Crossing {
  tensor: string
  /** How many of `nodes` come before it. */
  after: number
}

/** Throws `bad-network` where a name is read that nobody writes, names are written twice, or nodes form a circle. */
export function flowOf(model: RawModel, input: string, output: string): Flow {
  const producers = producersOf(model)
  const order = sorted(model, producers)
  const constantNodes = new Set<RawNode>()
  const variable = new Set(model.inputs.map(({ name }) => name))
  for (const node of order) {
    const fixed = !randomOps.has(node.op) && readsOf(node).every((name) => !variable.has(name))
    if (fixed) constantNodes.add(node)
    else for (const name of node.outputs) variable.add(name)
  }
  const wanted = ancestors(output, producers, new Set())
  const nodes = order.filter((node) => wanted.has(node) && !constantNodes.has(node))
  if (!producers.has(output) || !nodes.some((node) => readsOf(node).includes(input))) {
    throw new CodedError(
      'bad-network',
      `The output "${output}" does not depend on the input "${input}".`,
      'Name another output with --output.',
    )
  }
  const crossings = crossingsOf(nodes, input, output, variable)
  return { input, output, nodes, constantNodes, producers, order, crossings }
}

function producersOf({ nodes, constants, inputs }: RawModel): Map<string, RawNode> {
  const producers = new Map<string, RawNode>()
  const known = new Set([...constants.keys(), ...inputs.map(({ name }) => name)])
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === '') continue
      if (known.has(name))
        throw new CodedError('bad-network', `The tensor "${name}" is written twice (${place(node)}).`)
      known.add(name)
      producers.set(name, node)
    }
  }
  for (const node of nodes) {
    for (const name of readsOf(node)) {
      if (!known.has(name)) throw new CodedError('bad-network', `${place(node)} reads "${name}", which nobody writes.`)
    }
  }
  return producers
}

export const place = ({ index, op, name }: RawNode): string => `Node ${index} (${op}${name ? ` "${name}"` : ''})`

/** ONNX wants nodes in such an order already; what is not is brought into one, and circles are named. */
function sorted({ nodes }: RawModel, producers: ReadonlyMap<string, RawNode>): RawNode[] {
  const waiting = new Map<RawNode, number>()
  const readers = new Map<RawNode, RawNode[]>()
  for (const node of nodes) {
    const before = new Set(readsOf(node).flatMap((name) => producers.get(name) ?? []))
    waiting.set(node, before.size)
    for (const one of before) readers.set(one, [...(readers.get(one) ?? []), node])
  }
  const order: RawNode[] = []
  const ready = nodes.filter((node) => waiting.get(node) === 0)
  for (let at = 0; at < ready.length; at++) {
    const node = ready[at]!
    order.push(node)
    for (const reader of readers.get(node) ?? []) {
      const left = waiting.get(reader)! - 1
      waiting.set(reader, left)
      if (left === 0) ready.push(reader)
    }
  }
  if (order.length < nodes.length) {
    const stuck = nodes.find((node) => waiting.get(node)! > 0)!
    throw new CodedError('bad-network', `The graph runs in a circle at ${place(stuck)}.`, 'Export the model again.')
  }
  return inFileOrder(nodes, producers) ? [...nodes] : order
}

/** The exporter's own order reads better than any other. */
function inFileOrder(nodes: readonly RawNode[], producers: ReadonlyMap<string, RawNode>): boolean {
  return nodes.every((node, at) =>
    readsOf(node).every((name) => {
      const producer = producers.get(name)
      return producer === undefined || producer.index < at
    }),
  )
}

/** Nodes that a tensor depends on, the ones behind `stops` left out. */
export function ancestors(
  tensor: string,
  producers: ReadonlyMap<string, RawNode>,
  stops: ReadonlySet<string>,
): Set<RawNode> {
  const found = new Set<RawNode>()
  const open = [tensor]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = stops.has(name) ? undefined : producers.get(name)
    if (!node || found.has(node)) continue
    found.add(node)
    open.push(...readsOf(node))
  }
  return found
}

/**
 * In any order of the nodes, everything that is neither before nor after a tensor that crosses alone would be a way past
 * it; so one pass over one order finds all of them.
 */
function crossingsOf(
  nodes: readonly RawNode[],
  input: string,
  output: string,
  variable: ReadonlySet<string>,
): Crossing[] {
  const lastRead = new Map<string, number>([[output, nodes.length]])
  for (const [at, node] of nodes.entries()) {
    for (const name of readsOf(node)) {
      if (variable.has(name) && name !== output) lastRead.set(name, at)
    }
  }
  const crossings: Crossing[] = []
  const alive = new Set([input])
  for (let after = 0; after <= nodes.length; after++) {
    const before = nodes[after - 1]
    for (const name of before?.outputs ?? []) if (lastRead.has(name)) alive.add(name)
    for (const name of alive) if (lastRead.get(name)! < after) alive.delete(name)
    const [tensor] = alive
    if (alive.size !== 1 || tensor === undefined) continue
    if (crossings.at(-1)?.tensor !== tensor) crossings.push({ tensor, after })
  }
  return crossings
}
