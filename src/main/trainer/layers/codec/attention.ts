import type { AttentionLayer } from '#common/network/codecLayers.ts'
import { codecWeightShapes } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels, Parameter, Tensor } from '../../backend/kernels.ts'
import type { Operator } from '../operator.ts'
import { plainTrainable } from '../operator.ts'

/**
 * Self-attention over the P positions of a map (SAGAN; frameworks.md §11.5): A = softmax over j of q_i·k_j,
 * y_i = x_i + g · Σ_j A_ij v_j, with q, k, v by 1×1 convolutions. Nothing is kept for the gradient: it computes q, k, v
 * and A again, which costs less than the memory.
 */
export function attentionOperator(
  layer: AttentionLayer,
  shape: FeatureShape,
  weights: Weights,
  kernels: Kernels,
): Operator {
  const { name } = layer
  const { channels } = shape
  const positions = shape.height * shape.width
  const parameters = new Map<string, Parameter>(
    Object.entries(codecWeightShapes(layer, shape)).map(([key, extents]) => [
      key.slice(name.length + 1),
      kernels.parameter(weights.get(key)!, extents),
    ]),
  )
  const of = (key: string): Tensor => parameters.get(key)!.value()

  const project = (rows: Tensor, kind: string, pass: Kernels): Tensor =>
    pass.compute((tf) => tf.add(tf.matMul(rows, of(`${kind}.weight`), false, true), of(`${kind}.bias`)))
  const perImage = (rows: Tensor, pass: Kernels): Tensor =>
    pass.compute((tf) => tf.reshape(rows, [-1, positions, rows.shape[1]!]))
  const attend = (x: Tensor, pass: Kernels) => {
    const rows = pass.compute((tf) => tf.reshape(x, [-1, channels]))
    const [q, k, v] = ['query', 'key', 'value'].map((kind) => perImage(project(rows, kind, pass), pass)) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    const a = pass.compute((tf) => tf.softmax(tf.matMul(q, k, false, true)))
    return { rows, q, k, v, a, mixed: pass.compute((tf) => tf.matMul(a, v)) }
  }

  return {
    trainables: [...parameters].map(([key, parameter]) => plainTrainable(`${name}.${key}`, parameter)),
    needs: { inputs: true, output: false },
    forward: ([x], { kernels }) => ({
      output: kernels.compute((tf) => {
        const { mixed } = attend(x!, kernels)
        return tf.add(x!, tf.mul(of('gain'), tf.reshape(mixed, x!.shape)))
      }),
      saved: [],
    }),
    backward({ gradient, inputs: [x], wanted: [wanted] }, { kernels, onGradient }) {
      const found = kernels.compute((tf) => {
        const { rows, q, k, v, a, mixed } = attend(x!, kernels)
        const upper = tf.reshape(gradient, [-1, positions, channels])
        const byMixed = tf.mul(upper, of('gain'))
        const byA = tf.matMul(byMixed, v, false, true)
        const byScores = tf.mul(a, tf.sub(byA, tf.sum(tf.mul(byA, a), -1, true)))
        const by: Record<string, Tensor> = {
          query: tf.matMul(byScores, k),
          key: tf.matMul(byScores, q, true, false),
          value: tf.matMul(a, byMixed, true, false),
        }
        const results: Record<string, Tensor> = { gain: tf.reshape(tf.sum(tf.mul(upper, mixed)), [1]) }
        let input: Tensor = tf.reshape(gradient, [-1, channels])
        for (const [kind, tensor] of Object.entries(by)) {
          const flat = tf.reshape(tensor, [-1, tensor.shape[2]!]) as Tensor
          results[`${kind}.weight`] = tf.matMul(flat, rows, true, false)
          results[`${kind}.bias`] = tf.sum(flat, 0)
          input = tf.add(input, tf.matMul(flat, of(`${kind}.weight`)))
        }
        return { ...results, input: tf.reshape(input, x!.shape) }
      }) as Record<string, Tensor>
      for (const [key, parameter] of parameters) {
        if (onGradient) onGradient(parameter, found[key]!)
        else found[key]!.dispose()
      }
      if (wanted) return [found.input!]
      found.input!.dispose()
      return [undefined]
    },
    dispose: () => {
      for (const parameter of parameters.values()) parameter.dispose()
    },
  }
}
