import type { FeatureShape } from '#common/network/graph.ts'
import { elements } from '#common/network/shapes.ts'
import type { Operator } from '../operator.ts'
import { weightless } from '../operator.ts'

/** x · √B/‖x‖₂ per image (frameworks.md §12.3): mean power 1 over its B elements. */
export function powerOperator(shape: FeatureShape): Operator {
  const root = Math.sqrt(elements(shape))
  return {
    ...weightless,
    needs: { inputs: true, output: false },
    forward: ([x], { kernels }) => ({
      output: kernels.compute((tf) => tf.mul(x!, tf.mul(root, tf.rsqrt(tf.sum(tf.square(x!), [1, 2, 3], true))))),
      saved: [],
    }),
    backward: ({ gradient, inputs: [x], wanted: [wanted] }, { kernels }) => [
      wanted
        ? kernels.compute((tf) => {
            const squares = tf.sum(tf.square(x!), [1, 2, 3], true)
            const along = tf.div(tf.sum(tf.mul(gradient, x!), [1, 2, 3], true), squares)
            return tf.mul(tf.sub(gradient, tf.mul(x!, along)), tf.mul(root, tf.rsqrt(squares)))
          })
        : undefined,
    ],
  }
}
