import type { OnnxNode } from '../model.ts'
import { isFloatType } from '../tensor.ts'
import type { ConstantValue } from './value.ts'
import { product, unsupported } from './value.ts'

/** A constant that is computed may have so many elements, or as many as the largest that it is computed from. */
const largestComputed = 2 ** 22

export const constantOf = (
  shape: readonly number[],
  data: Float32Array | Float64Array,
  isWhole: boolean,
): ConstantValue => ({ kind: 'constant', shape, data, isWhole })

export const wholeNumbers = (values: readonly number[], shape: readonly number[] = [values.length]): ConstantValue =>
  constantOf(shape, Float64Array.from(values), true)

type Fold = (inputs: readonly (ConstantValue | undefined)[], node: OnnxNode) => ConstantValue

/** Whether the operator can be computed once and for all where all that it reads is constant. */
export const isFoldable = (node: OnnxNode): boolean => node.domain === '' && Object.hasOwn(folds, node.op)

/** Computes an operator on constants: what exporters write for shapes and for weights that they rearrange. */
export function fold(node: OnnxNode, inputs: readonly (ConstantValue | undefined)[]): ConstantValue {
  return folds[node.op]!(inputs, node)
}

const attribute = (node: OnnxNode, name: string): number | undefined => node.attributes.get(name)?.integer

/** The axes of Squeeze and its like: an attribute up to opset 12, an input later. */
export const axesOf = (node: OnnxNode, input: ConstantValue | undefined): number[] | undefined =>
  input ? [...input.data] : node.attributes.has('axes') ? [...node.attributes.get('axes')!.integers] : undefined

export const fromEnd = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

function allocate(shape: readonly number[], like: ConstantValue, from: readonly ConstantValue[]): ConstantValue {
  const count = product(shape)
  const given = from.reduce((most, { data }) => Math.max(most, data.length), 0)
  if (!(count <= Math.max(given, largestComputed))) throw unsupported(`it computes a constant of ${count} numbers`)
  return constantOf(shape, like.isWhole ? new Float64Array(count) : new Float32Array(count), like.isWhole)
}

const strides = (shape: readonly number[]): number[] => {
  const steps = new Array<number>(shape.length).fill(1)
  for (let axis = shape.length - 2; axis >= 0; axis--) steps[axis] = steps[axis + 1]! * shape[axis + 1]!
  return steps
}

/** Calls `visit` with the place in the output (row-major) and, for each of the strides, the place there. */
function walk(
  shape: readonly number[],
  steps: readonly (readonly number[])[],
  visit: (at: number, from: number[]) => void,
) {
  const index = new Array<number>(shape.length).fill(0)
  const from = steps.map(() => 0)
  for (let at = 0; at < product(shape); at++) {
    visit(at, from)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1
      steps.forEach((step, which) => {
        from[which]! += step[axis]!
      })
      if (index[axis]! < shape[axis]!) break
      steps.forEach((step, which) => {
        from[which]! -= step[axis]! * shape[axis]!
      })
      index[axis] = 0
    }
  }
}

function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length))
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    const extent = extents.find((one) => one !== 1) ?? 1
    if (extents.some((one) => one !== 1 && one !== extent)) throw unsupported('it combines shapes that do not fit')
    return extent
  })
}

/** 0 along what is repeated. */
const broadcastStrides = (shape: readonly number[], target: readonly number[]): number[] => {
  const own = strides(shape)
  return target.map((_, axis) => {
    const mine = axis - target.length + shape.length
    return mine < 0 || shape[mine] === 1 ? 0 : own[mine]!
  })
}

const elementwise =
  (compute: (values: number[], whole: boolean) => number, asWhole?: boolean): Fold =>
  (all) => {
    const inputs = present(all)
    const shape = broadcastShape(inputs.map((one) => one.shape))
    const last = inputs.at(-1)!
    const isWhole = asWhole ?? last.isWhole
    const out = allocate(shape, { ...last, isWhole }, inputs)
    const steps = inputs.map((one) => broadcastStrides(one.shape, shape))
    walk(shape, steps, (at, from) => {
      out.data[at] = compute(
        from.map((place, which) => inputs[which]!.data[place]!),
        isWhole,
      )
    })
    return out
  }

const present = (all: readonly (ConstantValue | undefined)[]): ConstantValue[] => {
  const inputs = all.filter((one) => one !== undefined)
  if (inputs.length === 0) throw unsupported('it reads nothing')
  return inputs
}

const withShape = (one: ConstantValue, shape: readonly number[]): ConstantValue => {
  if (product(shape) !== one.data.length) throw unsupported(`it reshapes a constant to [${shape.join(', ')}]`)
  return { ...one, shape }
}

/** The target of a Reshape with its 0 (as before) and −1 (what is left) filled in. */
export function resolveTarget(target: ArrayLike<number>, before: readonly number[], node: OnnxNode): number[] {
  const keepsZero = attribute(node, 'allowzero') === 1
  const filled = Array.from(target, (extent, axis) => (extent === 0 && !keepsZero ? (before[axis] ?? 0) : extent))
  const open = filled.indexOf(-1)
  if (open >= 0) filled[open] = product(before) / product(filled.filter((extent) => extent !== -1))
  if (!filled.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || product(filled) !== product(before)) {
    throw unsupported(`it reshapes [${before.join(', ')}] to [${Array.from(target).join(', ')}]`)
  }
  return filled
}

/** The extents after a Squeeze; `axes` undefined: all of extent 1. */
const squeezed = (shape: readonly number[], axes: readonly number[] | undefined): number[] => {
  const gone = axes?.map((axis) => fromEnd(axis, shape.length))
  return shape.filter((extent, axis) => (gone ? !gone.includes(axis) : extent !== 1))
}

export const unsqueezed = <T>(items: readonly T[], axes: readonly number[], inserted: T): T[] => {
  const rank = items.length + axes.length
  const places = new Set(axes.map((axis) => fromEnd(axis, rank)))
  const rest = [...items]
  return Array.from({ length: rank }, (_, axis) => (places.has(axis) ? inserted : rest.shift()!))
}

function transpose([input]: readonly (ConstantValue | undefined)[], node: OnnxNode): ConstantValue {
  const one = input!
  const order = node.attributes.get('perm')?.integers ?? [...one.shape.keys()].reverse()
  const own = strides(one.shape)
  const shape = order.map((axis) => one.shape[axis]!)
  const out = allocate(shape, one, [one])
  walk(shape, [order.map((axis) => own[axis]!)], (at, [from]) => {
    out.data[at] = one.data[from!]!
  })
  return out
}

function gather([table, indices]: readonly (ConstantValue | undefined)[], node: OnnxNode): ConstantValue {
  const axis = fromEnd(attribute(node, 'axis') ?? 0, table!.shape.length)
  const extent = table!.shape[axis]!
  const [outer, inner] = [product(table!.shape.slice(0, axis)), product(table!.shape.slice(axis + 1))]
  const count = indices!.data.length
  const shape = [...table!.shape.slice(0, axis), ...indices!.shape, ...table!.shape.slice(axis + 1)]
  const out = allocate(shape, table!, [table!, indices!])
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < count; n++) {
      const from = (o * extent + fromEnd(indices!.data[n]!, extent)) * inner
      out.data.set(table!.data.subarray(from, from + inner), (o * count + n) * inner)
    }
  }
  return out
}

function slice([one, ...others]: readonly (ConstantValue | undefined)[], node: OnnxNode): ConstantValue {
  const given = (index: number, name: string): number[] | undefined =>
    others[index]
      ? [...others[index].data]
      : node.attributes.has(name)
        ? [...node.attributes.get(name)!.integers]
        : undefined
  const [starts, ends] = [given(0, 'starts') ?? [], given(1, 'ends') ?? []]
  const axes = given(2, 'axes') ?? [...starts.keys()]
  let result = one!
  axes.forEach((named, index) => {
    const axis = fromEnd(named, result.shape.length)
    const extent = result.shape[axis]!
    const step = given(3, 'steps')?.[index] ?? 1
    if (step === 0 || axis >= result.shape.length) throw unsupported('it slices a constant in a way that means nothing')
    // Backwards the first is the last element at most, and the end may lie before the first.
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1]
    const clamp = (value: number, least: number): number => Math.min(Math.max(fromEnd(value, extent), least), high)
    const [from, to] = [clamp(starts[index]!, 0), clamp(ends[index]!, low)]
    const indices: number[] = []
    for (let at = from; step > 0 ? at < to : at > to; at += step) indices.push(at)
    result = gather([result, wholeNumbers(indices)], withAxis(node, axis))
  })
  return result
}

const withAxis = (node: OnnxNode, axis: number): OnnxNode => ({
  ...node,
  attributes: new Map([['axis', { integer: axis } as never]]),
})

function concat(all: readonly (ConstantValue | undefined)[], node: OnnxNode): ConstantValue {
  const inputs = present(all)
  const [first] = inputs
  const axis = fromEnd(attribute(node, 'axis') ?? 0, first!.shape.length)
  const shape = first!.shape.map((extent, at) =>
    at === axis ? inputs.reduce((sum, one) => sum + one.shape[axis]!, 0) : extent,
  )
  const out = allocate(shape, first!, inputs)
  if (out.data.length !== inputs.reduce((sum, { data }) => sum + data.length, 0)) {
    throw unsupported('it joins constants that do not fit')
  }
  const outer = product(shape.slice(0, axis))
  let at = 0
  for (let o = 0; o < outer; o++) {
    for (const { data } of inputs) {
      const size = data.length / outer
      out.data.set(data.subarray(o * size, (o + 1) * size), at)
      at += size
    }
  }
  return out
}

const folds: Readonly<Record<string, Fold>> = {
  Identity: ([one]) => one!,
  Dropout: ([one]) => one!,
  Cast: ([one], node) => {
    const isWhole = !isFloatType(attribute(node, 'to') ?? 0)
    const data = isWhole ? Float64Array.from(one!.data, Math.trunc) : Float32Array.from(one!.data)
    return constantOf(one!.shape, data, isWhole)
  },
  Shape: ([one], node) =>
    wholeNumbers([...one!.shape].slice(attribute(node, 'start') ?? 0, attribute(node, 'end') ?? undefined)),
  Size: ([one]) => wholeNumbers([one!.data.length], []),
  Reshape: ([one, target], node) => withShape(one!, resolveTarget(target!.data, one!.shape, node)),
  Flatten: ([one], node) => {
    const axis = fromEnd(attribute(node, 'axis') ?? 1, one!.shape.length)
    return withShape(one!, [product(one!.shape.slice(0, axis)), product(one!.shape.slice(axis))])
  },
  Squeeze: ([one, axes], node) => withShape(one!, squeezed(one!.shape, axesOf(node, axes))),
  Unsqueeze: ([one, axes], node) => withShape(one!, unsqueezed(one!.shape, axesOf(node, axes) ?? [], 1)),
  Transpose: transpose,
  Gather: gather,
  Slice: slice,
  Concat: concat,
  ConstantOfShape: ([shape], node) => {
    const value = node.attributes.get('value')?.tensor()
    const isWhole = value !== undefined && !isFloatType(value.type)
    const like = constantOf([], new Float32Array(1), isWhole)
    const out = allocate([...shape!.data], like, [])
    out.data.fill(value?.read()[0] ?? 0)
    return out
  },
  Expand: ([one, target]) => {
    const shape = broadcastShape([one!.shape, [...target!.data]])
    const out = allocate(shape, one!, [one!])
    walk(shape, [broadcastStrides(one!.shape, shape)], (at, [from]) => {
      out.data[at] = one!.data[from!]!
    })
    return out
  },
  Range: ([start, limit, delta]) => {
    const [from, to, step] = [start!.data[0]!, limit!.data[0]!, delta!.data[0]!]
    const out = allocate([Math.max(0, Math.ceil((to - from) / step))], start!, [])
    for (let index = 0; index < out.data.length; index++) out.data[index] = from + index * step
    return out
  },
  Add: elementwise(([a, b]) => a! + b!),
  Sub: elementwise(([a, b]) => a! - b!),
  Mul: elementwise(([a, b]) => a! * b!),
  Div: elementwise(([a, b], whole) => (whole ? Math.trunc(a! / b!) : a! / b!)),
  Mod: elementwise(([a, b]) => ((a! % b!) + b!) % b!),
  Pow: elementwise(([a, b]) => a! ** b!),
  Min: elementwise((values) => Math.min(...values)),
  Max: elementwise((values) => Math.max(...values)),
  Neg: elementwise(([a]) => -a!),
  Abs: elementwise(([a]) => Math.abs(a!)),
  Sqrt: elementwise(([a]) => Math.sqrt(a!)),
  Reciprocal: elementwise(([a]) => 1 / a!),
  Floor: elementwise(([a]) => Math.floor(a!)),
  Ceil: elementwise(([a]) => Math.ceil(a!)),
  Equal: elementwise(([a, b]) => Number(a === b), true),
  Where: elementwise(([condition, a, b]) => (condition ? a! : b!)),
}
