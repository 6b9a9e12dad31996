import type { FeatureShape } from '#common/network/graph.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/**
 * Product of two maps, [N, H, W, C] each, or the second [N, 1, 1, C]: each gets the gradient times the other, summed over
 * the positions that share one element.
 */
export const multiplyOperator = (map: FeatureShape, factors: FeatureShape): Operator => ({
  ...weightless,
  needs: { inputs: true, output: false },
  forward: ([a, b], { kernels }) => ({ output: kernels.compute((tf) => tf.mul(a!, b!)), saved: [] }),
  backward: ({ gradient, inputs: [a, b], wanted: [first, second] }, { kernels }) => [
    first ? kernels.compute((tf) => tf.mul(gradient, b!)) : undefined,
    second
      ? kernels.compute((tf) => {
          const all = tf.mul(gradient, a!)
          const isShared = factors.height !== map.height || factors.width !== map.width
          return isShared ? tf.sum(all, [1, 2], true) : all
        })
      : undefined,
  ],
})
