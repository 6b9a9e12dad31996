import type { MaxPoolLayer } from '#common/network/graph.ts'
import { windowOf } from '#common/network/window.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/** The largest value of each window; rows and columns that fill no window are left out. */
export function maxPoolOperator(layer: MaxPoolLayer): Operator {
  const window = windowOf(layer)
  return {
    ...weightless,
    needs: { inputs: true, output: true },
    forward: ([x], { kernels, recording }) =>
      recording ? kernels.maxPoolTrain(x!, window) : { output: kernels.maxPool(x!, window), saved: [] },
    backward: ({ gradient, inputs: [x], output, saved, wanted: [wanted] }, { kernels }) => [
      wanted ? kernels.maxPoolGradient(gradient, x!, output!, saved, window) : undefined,
    ],
  }
}
