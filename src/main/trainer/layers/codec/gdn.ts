import type { GdnLayer } from '#common/network/codecLayers.ts'
import { betaMinimum } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels, Tensor } from '../../backend/kernels.ts'
import type { Operator } from '../operator.ts'
import { plainTrainable } from '../operator.ts'

/**
 * Generalised divisive normalisation (Ballé, Laparra, Simoncelli 2016): u_i = x_i · d_i^∓½, d_i = β_i + Σ_j γ_ij x_j².
 * β ≥ 1e-6 and γ ≥ 0 are held by bounds whose gradient passes where it leads back inside (as CompressAI's LowerBound).
 */
export function gdnOperator(
  { name, inverse }: GdnLayer,
  { channels }: FeatureShape,
  weights: Weights,
  kernels: Kernels,
): Operator {
  const gamma = kernels.parameter(weights.get(`${name}.weight`)!, [channels, channels])
  const beta = kernels.parameter(weights.get(`${name}.bias`)!, [channels])
  const sign = inverse ? 1 : -1

  return {
    trainables: [plainTrainable(`${name}.weight`, gamma), plainTrainable(`${name}.bias`, beta)],
    needs: { inputs: true, output: false },
    forward: ([x], { kernels }) => ({
      output: kernels.compute((tf) => {
        const rows = tf.reshape(x!, [-1, channels])
        const norm = tf.add(
          tf.matMul(tf.square(rows), tf.relu(gamma.value()), false, true),
          tf.maximum(beta.value(), betaMinimum),
        )
        const root = inverse ? tf.sqrt(norm) : tf.rsqrt(norm)
        return tf.reshape(tf.mul(rows, root), x!.shape)
      }),
      saved: [],
    }),
    backward({ gradient, inputs: [x], wanted: [wanted] }, { kernels, onGradient }) {
      const [input, gammaGradient, betaGradient] = kernels.compute((tf) => {
        const [rows, upper] = [tf.reshape(x!, [-1, channels]), tf.reshape(gradient, [-1, channels])]
        const squares = tf.square(rows)
        const [g, b] = [gamma.value(), beta.value()]
        const norm = tf.add(tf.matMul(squares, tf.relu(g), false, true), tf.maximum(b, betaMinimum))
        const root = inverse ? tf.sqrt(norm) : tf.rsqrt(norm)
        // ∂L/∂d = ±½ · g·x·d^(±½ − 1)
        const byNorm = tf.mul(tf.div(tf.mul(upper, tf.mul(rows, root)), norm), sign / 2)
        const direct = tf.mul(upper, root)
        const through = tf.mul(tf.mul(rows, 2), tf.matMul(byNorm, tf.relu(g)))
        const bounded = (found: Tensor, raw: Tensor, minimum: number): Tensor => {
          const free = tf.maximum(tf.cast(tf.greater(raw, minimum), 'float32'), tf.cast(tf.less(found, 0), 'float32'))
          return tf.mul(found, free)
        }
        return [
          tf.reshape(tf.add(direct, through), x!.shape),
          bounded(tf.matMul(byNorm, squares, true, false), g, 0),
          bounded(tf.sum(byNorm, 0), b, betaMinimum),
        ]
      }) as [Tensor, Tensor, Tensor]
      if (onGradient) {
        onGradient(gamma, gammaGradient)
        onGradient(beta, betaGradient)
      } else {
        gammaGradient.dispose()
        betaGradient.dispose()
      }
      if (wanted) return [input]
      input.dispose()
      return [undefined]
    },
    dispose: () => {
      gamma.dispose()
      beta.dispose()
    },
  }
}
