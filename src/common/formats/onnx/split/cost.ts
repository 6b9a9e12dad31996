import type { Flow } from './flow.ts'
import type { RawModel, RawNode } from './raw.ts'
import { readsOf } from './raw.ts'

/** Extents of a tensor, the batch included. */
export type Shapes = ReadonlyMap<string, readonly number[]>

/** What one node costs. MACs as protocol.md counts them: convolutions and dense layers only. */
export interface NodeCost {
  node: RawNode
  /** Its first output that is read, with its shape. */
  tensor: string
  shape: readonly number[]
  macs: number
  parameters: number
}

const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1)

/** Where the weights of an operator stand among its inputs, and how many MACs one element of a tensor takes. */
type Count = (shapes: { input(at: number): readonly number[]; output: readonly number[] }) => number

/** Every output element takes one kernel: Cin/groups · kh · kw. Weights are [Cout, Cin/groups, …]. */
const convolution =
  (weights: number): Count =>
  ({ input, output }) =>
    product(output) * product(input(weights).slice(1))

/** Every input element is spread over one kernel: Cout/groups · kh · kw. Weights are [Cin, Cout/groups, …]. */
const transposed: Count = ({ input }) => product(input(0)) * product(input(1).slice(1))

/** Every output element takes one row of the left matrix. */
const matrices: Count = ({ input, output }) => product(output) * (input(0).at(-1) ?? 1)

/** Input [T, N, in], W [directions, gates · hidden, in], R [directions, gates · hidden, hidden]: both at every step. */
const recurrent: Count = ({ input }) => {
  const [steps = 1, batch = 1] = input(0)
  return steps * batch * (product(input(1)) + product(input(2)))
}

const counts: Readonly<Record<string, Count>> = {
  Conv: convolution(1),
  ConvInteger: convolution(1),
  QLinearConv: convolution(3),
  FusedConv: convolution(1),
  ConvTranspose: transposed,
  MatMul: matrices,
  MatMulInteger: matrices,
  QLinearMatMul: matrices,
  FusedMatMul: matrices,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
}

/** Operators that multiply and are not counted, because how much depends on more than their shapes. */
const uncounted = new Set(['Einsum', 'Attention', 'MultiHeadAttention', 'If', 'Loop', 'Scan', 'QGemm', 'DeformConv'])

/** float32, int8, uint8, float16, float64, bfloat16: what weights are stored in; others are extents and indices. */
const weightTypes = new Set([1, 2, 3, 10, 11, 16])

/** Of a batch normalisation only scale and shift are trained; the statistics are not parameters. */
const parameterInputs = (node: RawNode): readonly string[] =>
  node.op === 'BatchNormalization' ? node.inputs.slice(1, 3) : readsOf(node)

/**
 * Costs of all nodes on the way from the input to the output, in their order, of one inference. `shapes`: of every
 * tensor that they read or write. Each constant is counted once, where it is read first.
 */
export function nodeCosts(model: RawModel, flow: Flow, shapes: Shapes): { costs: NodeCost[]; uncounted: string[] } {
  const counted = new Set<string>()
  const missed = new Set<string>()
  const read = readIn(flow)
  const costs = flow.nodes.map((node): NodeCost => {
    const tensor = node.outputs.find((name) => read.has(name)) ?? ''
    const output = shapes.get(tensor) ?? []
    const input = (at: number): readonly number[] => shapes.get(node.inputs[at] ?? '') ?? []
    if (uncounted.has(node.op)) missed.add(node.op)
    let parameters = 0
    for (const name of parameterInputs(node)) {
      if (counted.has(name)) continue
      const stored = model.constants.get(name)
      const producer = flow.producers.get(name)
      if (stored ? !weightTypes.has(stored.type) : !producer || !flow.constantNodes.has(producer) || !weighs(node))
        continue
      const dims = stored?.dims ?? shapes.get(name) ?? []
      // A single number is a setting (a bound, a factor), no weight.
      if (dims.length === 0) continue
      counted.add(name)
      parameters += product(dims)
    }
    return { node, tensor, shape: output, macs: macsOf(node, input, output), parameters }
  })
  return { costs, uncounted: [...missed] }
}

/** Nodes whose computed constants are weights; elsewhere they are mostly extents. */
const weighs = ({ op }: RawNode): boolean => op in counts || op === 'Gemm' || op === 'BatchNormalization'

function macsOf(node: RawNode, input: (at: number) => readonly number[], output: readonly number[]): number {
  if (node.op === 'Gemm') {
    const left = input(0)
    return product(output) * ((node.integers.get('transA') ? left[0] : left.at(-1)) ?? 1)
  }
  return Math.round(counts[node.op]?.({ input, output }) ?? 0)
}

const readIn = (flow: Flow): Set<string> => new Set([flow.output, ...flow.nodes.flatMap(readsOf)])

/** Tensors whose shapes `nodeCosts` looks at. */
export const shapesWanted = (model: RawModel, flow: Flow): string[] => {
  const names = new Set<string>()
  const read = readIn(flow)
  for (const node of flow.nodes) {
    // An output that nobody reads may be one that exists in training only.
    for (const name of node.outputs) if (read.has(name)) names.add(name)
    if (weighs(node)) for (const name of node.inputs) if (name !== '') names.add(name)
  }
  for (const name of model.constants.keys()) names.delete(name)
  names.delete(flow.input)
  return [...names]
}

/** Shapes of constants, which nobody has to run for. */
export const constantShapes = (model: RawModel): [string, readonly number[]][] =>
  [...model.constants.values()].map(({ name, dims }) => [name, dims])
