import type { FeatureShape, SelectLayer } from '#common/network/graph.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/** Channels by their number; what was not chosen gets no gradient. */
export function selectOperator({ channels }: SelectLayer, input: FeatureShape): Operator {
  // Where each input channel went; those that went nowhere read a channel of zeros behind the others.
  const places = new Int32Array(input.channels).fill(channels.length)
  for (const [place, channel] of channels.entries()) places[channel] = place
  return {
    ...weightless,
    needs: { inputs: false, output: false },
    forward: ([x], { kernels }) => ({
      output: kernels.compute((tf) => tf.gather(x!, tf.tensor1d([...channels], 'int32'), 3)),
      saved: [],
    }),
    backward: ({ gradient, wanted: [wanted] }, { kernels }) => [
      wanted
        ? kernels.compute((tf) => {
            const none = tf.zeros([...gradient.shape.slice(0, 3), 1] as [number, number, number, number])
            return tf.gather(tf.concat([gradient, none], 3), tf.tensor1d(places, 'int32'), 3)
          })
        : undefined,
    ],
  }
}
