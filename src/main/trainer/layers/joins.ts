import type { FeatureShape } from '#common/network/graph.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/** Sum of its inputs: every one of them gets the whole gradient. */
export const addOperator = (): Operator => ({
  ...weightless,
  needs: { inputs: false, output: false },
  forward(inputs, { kernels }) {
    let sum = kernels.add(inputs[0]!, inputs[1]!)
    for (const input of inputs.slice(2)) {
      const next = kernels.add(sum, input)
      sum.dispose()
      sum = next
    }
    return { output: sum, saved: [] }
  },
  backward: ({ gradient, wanted }, { kernels }) =>
    wanted.map((one) => (one ? kernels.reshape(gradient, gradient.shape) : undefined)),
})

/** Its inputs behind one another along the channels: each gets its part of the gradient. */
export function concatOperator(inputs: readonly FeatureShape[]): Operator {
  const starts = inputs.map((_, index) => inputs.slice(0, index).reduce((sum, { channels }) => sum + channels, 0))
  return {
    ...weightless,
    needs: { inputs: false, output: false },
    forward: (tensors, { kernels }) => ({ output: kernels.concat(tensors), saved: [] }),
    backward: ({ gradient, wanted }, { kernels }) =>
      wanted.map((one, index) =>
        one ? kernels.sliceChannels(gradient, starts[index]!, inputs[index]!.channels) : undefined,
      ),
  }
}
