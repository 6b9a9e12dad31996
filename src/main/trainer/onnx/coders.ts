import type { GraphWriter } from '#common/formats/onnx/graph.ts'
import type { BookCoding, UniformCoding } from './coding.ts'
import { thresholdsOf } from './coding.ts'

/** The end of a head and the beginning of a tail: features to codes and back, as operators of the files. */
const scalar = (value: number): Float32Array => Float32Array.of(value)

/** Element types as ONNX numbers them. */
const types = { float32: 1, uint8: 2, int64: 7 } as const

/** Writes `codes`, uint8, from `values`. `rank`: of the values, the batch included. */
export function writeCoder(
  graph: GraphWriter,
  coding: UniformCoding | BookCoding,
  values: string,
  codes: string,
  rank: number,
): void {
  if (coding.type === 'scalars') {
    const axis = graph.integers('coding.axis', [rank])
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
    const { words, size } = coding
    const count = words.length / size
    const lengths = Float32Array.from({ length: count }, (_, word) =>
      words.subarray(word * size, (word + 1) * size).reduce((sum, value) => sum + value ** 2, 0),
    )
    // |x − e|² without |x|², which all words share.
    const inputs = [
      values,
      graph.constant('coding.words', [count, size], words),
      graph.constant('coding.lengths', [count], lengths),
    ]
    graph.node('Gemm', inputs, '/features/distances', { transB: 1, alpha: { float: -2 } })
    graph.node('ArgMin', ['/features/distances'], '/features/nearest', { axis: 1, keepdims: 1 })
    graph.node('Cast', ['/features/nearest'], codes, { to: types.uint8 })
    return
  }
  writeQuantiser(graph, coding, values, codes)
}

/** Writes `values`, float32, from `codes`. */
export function writeDecoder(
  graph: GraphWriter,
  coding: UniformCoding | BookCoding,
  codes: string,
  values: string,
): void {
  if (coding.type === 'uint8') {
    writeDequantiser(graph, coding, codes, values)
    return
  }
  const { words } = coding
  const shape = coding.type === 'vectors' ? [words.length / coding.size, coding.size] : [words.length]
  graph.node('Cast', [codes], '/features/index', { to: types.int64 })
  const inputs = [graph.constant('coding.words', shape, words), '/features/index']
  if (coding.type === 'scalars') graph.node('Gather', inputs, values)
  else {
    graph.node('Gather', inputs, '/features/words')
    graph.node('Flatten', ['/features/words'], values, { axis: 1 })
  }
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
