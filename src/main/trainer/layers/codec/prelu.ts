import type { PreluLayer } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels } from '../../backend/kernels.ts'
import type { Operator } from '../operator.ts'
import { plainTrainable } from '../operator.ts'

/** max(0, x) + a_c · min(0, x) (He et al. 2015), a slope per channel. */
export function preluOperator(
  { name }: PreluLayer,
  { channels }: FeatureShape,
  weights: Weights,
  kernels: Kernels,
): Operator {
  const slope = kernels.parameter(weights.get(`${name}.weight`)!, [channels])
  return {
    trainables: [plainTrainable(`${name}.weight`, slope)],
    needs: { inputs: true, output: false },
    forward: ([x], { kernels }) => ({
      output: kernels.compute((tf) => tf.add(tf.relu(x!), tf.mul(slope.value(), tf.minimum(x!, 0)))),
      saved: [],
    }),
    backward({ gradient, inputs: [x], wanted: [wanted] }, { kernels, onGradient }) {
      if (onGradient) {
        onGradient(
          slope,
          kernels.compute((tf) => tf.sum(tf.mul(gradient, tf.minimum(x!, 0)), [0, 1, 2])),
        )
      }
      return [
        wanted
          ? kernels.compute((tf) => {
              const positive = tf.step(x!)
              return tf.mul(gradient, tf.add(positive, tf.mul(tf.sub(1, positive), slope.value())))
            })
          : undefined,
      ]
    },
    dispose: () => slope.dispose(),
  }
}
