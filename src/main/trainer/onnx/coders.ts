import type { GraphWriter } from '#common/formats/onnx/graph.ts'
import type { BookCoding, UniformCoding } from './coding.ts'
import { thresholdsOf } from './coding.ts'

/** The end of a head and the beginning of a tail: features to codes and back, as operators of the files. */
const scalar = (value: number): Float32Array => Float32Array.of(value)

/** Element types as ONNX numbers them. */
const types = { float32: 1, uint8: 2, int64: 7 } as const

type Vectors = Extract<BookCoding, { type: 'vectors' }>

/** Writes `codes`, uint8, from `values`. `shape`: of the codes of one image. */
export function writeCoder(
  graph: GraphWriter,
  coding: UniformCoding | BookCoding,
  values: string,
  codes: string,
  shape: readonly number[],
): void {
  if (coding.type === 'scalars') {
    const axis = graph.integers('coding.axis', [shape.length + 1])
    const thresholds = thresholdsOf(coding.words)
    graph.node('Unsqueeze', [values, axis], '/features/each')
    graph.node(
      'Greater',
      ['/features/each', graph.constant('coding.thresholds', [thresholds.length], thresholds)],
      '/features/above',
    )
    graph.node('Cast', ['/features/above'], '/features/ones', { to: types.float32 })
    graph.node('ReduceSum', ['/features/ones', axis], '/features/count', { keepdims: 0 })
    graph.node('Cast', ['/features/count'], codes, { to: types.uint8 })
    return
  }
  if (coding.type === 'vectors') {
    writeSearch(graph, coding, values, codes, shape)
    return
  }
  writeQuantiser(graph, coding, values, codes)
}

/** Of every vector the word with the smallest |e|² − 2·x·e: |x − e|² without |x|², which all words share. */
function writeSearch(
  graph: GraphWriter,
  { words, size, positions }: Vectors,
  values: string,
  codes: string,
  shape: readonly number[],
): void {
  const count = words.length / size
  const twice = new Float32Array(words.length)
  const lengths = new Float32Array(count)
  for (let word = 0; word < count; word++) {
    for (let c = 0; c < size; c++) {
      const value = words[word * size + c]!
      twice[c * count + word] = -2 * value
      lengths[word]! += value * value
    }
  }
  // [N, groups · size, …] → [N, groups, positions, size]; 0 keeps the batch: it is free.
  const groups = shape[0]!
  graph.node('Reshape', [values, graph.integers('coding.groups', [0, groups, size, positions])], '/features/groups')
  graph.node('Transpose', ['/features/groups'], '/features/vectors', { perm: [0, 1, 3, 2] })
  graph.node(
    'MatMul',
    ['/features/vectors', graph.constant('coding.products', [size, count], twice)],
    '/features/products',
  )
  graph.node('Add', ['/features/products', graph.constant('coding.lengths', [count], lengths)], '/features/distances')
  graph.node('ArgMin', ['/features/distances'], '/features/nearest', { axis: 3, keepdims: 0 })
  graph.node('Reshape', ['/features/nearest', graph.integers('coding.map', [0, ...shape])], '/features/map')
  graph.node('Cast', ['/features/map'], codes, { to: types.uint8 })
}

/** Writes `values`, float32, from `codes`. `shape`: of the codes of one image. */
export function writeDecoder(
  graph: GraphWriter,
  coding: UniformCoding | BookCoding,
  codes: string,
  values: string,
  shape: readonly number[],
): void {
  if (coding.type === 'uint8') {
    writeDequantiser(graph, coding, codes, values)
    return
  }
  const { words } = coding
  const wordsShape = coding.type === 'vectors' ? [words.length / coding.size, coding.size] : [words.length]
  graph.node('Cast', [codes], '/features/index', { to: types.int64 })
  const inputs = [graph.constant('coding.words', wordsShape, words), '/features/index']
  if (coding.type === 'scalars') {
    graph.node('Gather', inputs, values)
    return
  }
  // [N, groups, …, size] → [N, groups · size, …]
  const [groups = 1, ...map] = shape
  const last = shape.length + 1
  const between = map.map((_, axis) => axis + 2)
  graph.node('Gather', inputs, '/features/vectors')
  graph.node('Transpose', ['/features/vectors'], '/features/groups', { perm: [0, 1, last, ...between] })
  const extents = graph.integers('coding.channels', [0, groups * coding.size, ...map])
  graph.node('Reshape', ['/features/groups', extents], values)
}

function writeQuantiser(
  graph: GraphWriter,
  { scale, offset, levels }: UniformCoding,
  values: string,
  codes: string,
): void {
  let shifted = values
  if (offset !== 0) {
    shifted = '/features/shifted'
    graph.node('Sub', [values, graph.constant('coding.offset', [], scalar(offset))], shifted)
  }
  if (levels !== undefined && levels < 255) {
    const [low, high] = [graph.scalar('coding.low', 0), graph.scalar('coding.high', levels * scale)]
    graph.node('Clip', [shifted, low, high], '/features/clipped')
    shifted = '/features/clipped'
  }
  const zero = graph.constant('coding.zero', [], Uint8Array.of(0))
  graph.node('QuantizeLinear', [shifted, graph.constant('coding.scale', [], scalar(scale)), zero], codes)
}

function writeDequantiser(graph: GraphWriter, { scale, offset }: UniformCoding, codes: string, values: string): void {
  const zero = graph.constant('coding.zero', [], Uint8Array.of(0))
  const inputs = [codes, graph.constant('coding.scale', [], scalar(scale)), zero]
  const scaled = offset === 0 ? values : '/features/scaled'
  graph.node('DequantizeLinear', inputs, scaled)
  if (offset !== 0) graph.node('Add', [scaled, graph.constant('coding.offset', [], scalar(offset))], values)
}
