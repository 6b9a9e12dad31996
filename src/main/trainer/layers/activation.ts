import type { ActivationLayer } from '#common/network/graph.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/**
 * Non-linearities without weights, as graph.ts defines them. The gradient is taken from the output, of SiLU and hard-swish,
 * which are not monotonous, from the input; at the bends of the hard ones it is 0.
 */
export const activationOperator = ({ kind }: ActivationLayer): Operator => ({
  ...weightless,
  needs: kind === 'silu' || kind === 'hardswish' ? { inputs: true, output: false } : { inputs: false, output: true },
  forward: ([x], { kernels }) => ({
    output: kernels.compute((tf) => {
      const gate = () => tf.div(tf.relu6(tf.add(x!, 3)), 6)
      if (kind === 'silu') return tf.mul(x!, tf.sigmoid(x!))
      if (kind === 'hardswish') return tf.mul(x!, gate())
      return kind === 'hardsigmoid' ? gate() : tf[kind](x!)
    }),
    saved: [],
  }),
  backward: ({ gradient, inputs: [x], output: y, wanted: [wanted] }, { kernels }) => [
    wanted
      ? kernels.compute((tf) => {
          switch (kind) {
            case 'sigmoid':
              return tf.mul(gradient, tf.mul(y!, tf.sub(1, y!)))
            case 'tanh':
              return tf.mul(gradient, tf.sub(1, tf.square(y!)))
            case 'elu':
              return tf.mul(gradient, tf.add(1, tf.minimum(y!, 0)))
            case 'silu': {
              const s = tf.sigmoid(x!)
              return tf.mul(gradient, tf.mul(s, tf.add(1, tf.mul(x!, tf.sub(1, s)))))
            }
            case 'hardsigmoid':
              return tf.mul(gradient, tf.div(tf.mul(tf.step(y!), tf.step(tf.sub(1, y!))), 6))
            case 'hardswish': {
              const [above, inside] = [tf.step(tf.sub(x!, 3)), tf.sub(tf.step(tf.add(x!, 3)), tf.step(tf.sub(x!, 3)))]
              return tf.mul(gradient, tf.add(above, tf.mul(inside, tf.add(tf.div(x!, 3), 0.5))))
            }
          }
        })
      : undefined,
  ],
})
