import type { UpsampleLayer } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Operator } from '../operator.ts'
import { weightless } from '../operator.ts'

/** Nearest-neighbour enlargement by a whole factor; the gradient sums over each patch. */
export const upsampleOperator = ({ factor }: UpsampleLayer, { channels, height, width }: FeatureShape): Operator => ({
  ...weightless,
  needs: { inputs: false, output: false },
  forward: ([x], { kernels }) => ({
    output: kernels.compute((tf) => {
      const patches = tf.tile(tf.reshape(x!, [-1, width, 1, channels]), [1, 1, factor, 1])
      const rows = tf.tile(tf.reshape(patches, [-1, 1, width * factor * channels]), [1, factor, 1])
      return tf.reshape(rows, [-1, height * factor, width * factor, channels])
    }),
    saved: [],
  }),
  backward: ({ gradient, wanted: [wanted] }, { kernels }) => [
    wanted
      ? kernels.compute((tf) => {
          const columns = tf.sum(tf.reshape(gradient, [-1, width, factor, channels]), 2)
          const rows = tf.sum(tf.reshape(columns, [-1, factor, width * channels]), 1)
          return tf.reshape(rows, [-1, height, width, channels])
        })
      : undefined,
  ],
})
