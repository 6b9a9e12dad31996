import type { OnnxNode } from './read.ts'
import { readOnnx } from './read.ts'

/**
 * MACs and parameters of one image, counted from an ONNX file alone: shapes are followed from the file's own input
 * through its operators, and nothing is asked of the network that it came from. Throws an Error for an operator that
 * `exportHead` and `exportTail` do not write.
 */
export function countOnnx(bytes: Uint8Array): { macs: number; parameters: number } {
  const { input, nodes, constants, numbers } = readOnnx(bytes)
  const shapes = new Map<string, number[]>([
    [input.name, input.shape.map((extent) => (typeof extent === 'number' ? extent : 1))],
  ])
  let macs = 0
  let parameters = 0
  for (const node of nodes) {
    const from = shapes.get(node.inputs[0]!) ?? constants.get(node.inputs[0]!)
    if (!from) throw new Error(`${node.op} reads "${node.inputs[0]}", which nothing before it writes`)
    const weights = node.inputs.slice(1).map((name) => constants.get(name) ?? shapes.get(name) ?? [])
    const operator = operators[node.op]
    if (!operator) throw new Error(`the operator ${node.op} has no cost here`)
    const cost = operator(
      from,
      weights,
      node,
      node.inputs.slice(1).map((name) => numbers.get(name)),
    )
    shapes.set(node.output, cost.shape)
    macs += cost.macs ?? 0
    // Scale and bias are trained, running mean and variance are not.
    if (cost.trained !== undefined)
      parameters += weights.slice(0, cost.trained).reduce((sum, one) => sum + product(one), 0)
  }
  return { macs, parameters }
}

interface OperatorCost {
  shape: number[]
  macs?: number
  /** How many of the constants, from the first, are trained. */
  trained?: number
}
/** `numbers`: of those inputs that are short constants. */
type Operator = (from: number[], weights: number[][], node: OnnxNode, numbers: (number[] | undefined)[]) => OperatorCost

const product = (shape: readonly number[]): number => shape.reduce((total, extent) => total * extent, 1)
const sameShape: Operator = (from) => ({ shape: from })

const operators: Record<string, Operator> = {
  Conv(from, [kernel], node) {
    const [filters, channels, height, width] = kernel as [number, number, number, number]
    const shape = [from[0]!, filters, ...window(from, [height, width], node)]
    return { shape, macs: product(shape.slice(1)) * channels * height * width, trained: 2 }
  },
  Gemm(from, [weight]) {
    const [outputs, inputs] = weight as [number, number]
    return { shape: [from[0]!, outputs], macs: outputs * inputs, trained: 2 }
  },
  ConvTranspose(from, [kernel], node) {
    const [, filters, height, width] = kernel as [number, number, number, number]
    const [down, across] = node.integers.get('strides') as [number, number]
    const size = [(from[2]! - 1) * down + height, (from[3]! - 1) * across + width]
    return { shape: [from[0]!, filters, ...size], macs: product(from.slice(1)) * filters * height * width, trained: 2 }
  },
  MatMul(from, [to]) {
    const columns = to!.at(-1)!
    return { shape: [...from.slice(0, -1), columns], macs: product(from.slice(1)) * columns }
  },
  Transpose: (from, _weights, node) => ({ shape: node.integers.get('perm')!.map((axis) => from[axis]!) }),
  Reshape: (from, _weights, _node, [extents]) => ({
    shape: extents!.map((one, axis) => (one === 0 ? from[axis]! : one)),
  }),
  Pad(from, _weights, _node, [pads]) {
    return { shape: from.map((extent, axis) => extent + pads![axis]! + pads![axis + from.length]!) }
  },
  Resize: (from, _weights, _node, [, scales]) => ({ shape: from.map((extent, axis) => extent * scales![axis]!) }),
  Unsqueeze: (from, _weights, _node, [axes]) => ({ shape: unsqueezed(from, axes!) }),
  Greater: (from, [to]) => ({ shape: [...from.slice(0, -1), to!.at(-1)!] }),
  ReduceSum: (from) => ({ shape: from.slice(0, -1) }),
  ReduceL2: (from) => ({ shape: from.map((extent, axis) => (axis === 0 ? extent : 1)) }),
  // Over the last axis, which goes.
  ArgMin: (from) => ({ shape: from.slice(0, -1) }),
  Gather(from, [index], node) {
    const [axis = 0] = node.integers.get('axis') ?? []
    return { shape: [...from.slice(0, axis), ...index!, ...from.slice(axis + 1)] }
  },
  PRelu: (from) => ({ shape: from, trained: 1 }),
  MaxPool: (from, _weights, node) => ({
    shape: [from[0]!, from[1]!, ...window(from, node.integers.get('kernel_shape')!, node)],
  }),
  Flatten: (from) => ({ shape: [from[0]!, product(from.slice(1))] }),
  BatchNormalization: (from) => ({ shape: from, trained: 2 }),
  AveragePool: (from, _weights, node) => ({
    shape: [from[0]!, from[1]!, ...window(from, node.integers.get('kernel_shape')!, node)],
  }),
  GlobalAveragePool: (from) => ({ shape: [from[0]!, from[1]!, 1, 1] }),
  Concat: (from, others) => ({
    shape: [from[0]!, others.reduce((sum, one) => sum + one[1]!, from[1]!), ...from.slice(2)],
  }),
  Relu: sameShape,
  Sigmoid: sameShape,
  Tanh: sameShape,
  Elu: sameShape,
  HardSigmoid: sameShape,
  HardSwish: sameShape,
  Softmax: sameShape,
  Sqrt: sameShape,
  Div: sameShape,
  Clip: sameShape,
  Sum: sameShape,
  Identity: sameShape,
  Cast: sameShape,
  Mul: sameShape,
  Add: sameShape,
  Sub: sameShape,
  QuantizeLinear: sameShape,
  DequantizeLinear: sameShape,
}

/** With extents of 1 at these axes of the result. */
function unsqueezed(from: readonly number[], axes: readonly number[]): number[] {
  const rank = from.length + axes.length
  const places = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)))
  let next = 0
  return Array.from({ length: rank }, (_, axis) => (places.has(axis) ? 1 : from[next++]!))
}

/** Height and width after a window slides over a map. Padding: [top, left, bottom, right]. */
function window(from: readonly number[], kernel: readonly number[], { integers }: OnnxNode): number[] {
  const strides = integers.get('strides')!
  const dilations = integers.get('dilations') ?? [1, 1]
  const pads = integers.get('pads') ?? [0, 0, 0, 0]
  return [0, 1].map((axis) => {
    const padded = from[2 + axis]! + pads[axis]! + pads[2 + axis]!
    return Math.floor((padded - dilations[axis]! * (kernel[axis]! - 1) - 1) / strides[axis]!) + 1
  })
}
