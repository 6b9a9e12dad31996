import type { ActivationLayer } from '#common/network/codecLayers.ts'
import type { Operator } from '../operator.ts'
import { weightless } from '../operator.ts'

/** Sigmoid, tanh, or ELU (x, below 0 eˣ − 1); their gradients are taken from the output. */
export const activationOperator = ({ kind }: ActivationLayer): Operator => ({
  ...weightless,
  needs: { inputs: false, output: true },
  forward: ([x], { kernels }) => ({ output: kernels.compute((tf) => tf[kind](x!)), saved: [] }),
  backward: ({ gradient, output, wanted: [wanted] }, { kernels }) => [
    wanted
      ? kernels.compute((tf) => {
          const y = output!
          if (kind === 'sigmoid') return tf.mul(gradient, tf.mul(y, tf.sub(1, y)))
          if (kind === 'tanh') return tf.mul(gradient, tf.sub(1, tf.square(y)))
          return tf.mul(gradient, tf.add(1, tf.minimum(y, 0)))
        })
      : undefined,
  ],
})
