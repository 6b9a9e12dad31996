import type { QuantiseLayer } from '#common/network/codecLayers.ts'
import { gridStep } from '#common/network/codecLayers.ts'
import type { Operator } from '../operator.ts'
import { weightless } from '../operator.ts'

/** Uniform codes with a straight-through gradient; float32 arithmetic as the exported file has it (onnx/coding.ts). */
export function quantiseOperator(layer: QuantiseLayer): Operator {
  const { low, high, pull } = layer
  const step = gridStep(layer)
  const levels = 2 ** layer.bits - 1
  return {
    ...weightless,
    needs: { inputs: true, output: pull > 0 },
    forward: ([x], { kernels }) => ({
      output: kernels.compute((tf) => {
        const codes = tf.clipByValue(tf.round(tf.div(tf.sub(x!, low), step)), 0, levels)
        return tf.add(tf.mul(codes, step), low)
      }),
      saved: [],
    }),
    backward: ({ gradient, inputs: [x], output, wanted: [wanted] }, { kernels }) => [
      wanted
        ? kernels.compute((tf) => {
            const inside = tf.mul(
              tf.cast(tf.greaterEqual(x!, low), 'float32'),
              tf.cast(tf.lessEqual(x!, high), 'float32'),
            )
            const passed = tf.mul(gradient, inside)
            return pull === 0 ? passed : tf.add(passed, tf.mul(tf.sub(x!, output!), (2 * pull) / x!.size))
          })
        : undefined,
    ],
  }
}
