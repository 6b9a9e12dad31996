import type { AdaptivePoolLayer, AvgPoolLayer } from '#common/network/graph.ts'
import { windowOf } from '#common/network/window.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/** The mean of each window; padding counts as zeros, what fills no window is left out. */
export function avgPoolOperator(layer: AvgPoolLayer): Operator {
  const window = windowOf(layer)
  return {
    ...weightless,
    needs: { inputs: false, output: false },
    forward: ([x], { kernels }) => ({ output: kernels.avgPool(x!, window), saved: [] }),
    backward: ({ gradient, inputShapes: [shape], wanted: [wanted] }, { kernels }) => [
      wanted ? kernels.avgPoolGradient(gradient, shape!, window) : undefined,
    ],
  }
}

/** The mean of the whole map. Throws for other sizes than 1×1: such networks have a layer table only. */
export function adaptivePoolOperator({ name, height, width }: AdaptivePoolLayer): Operator {
  if (height !== 1 || width !== 1) throw new Error(`layer "${name}": only the global average pool can be computed`)
  return {
    ...weightless,
    needs: { inputs: false, output: false },
    forward: ([x], { kernels }) => ({ output: kernels.globalMean(x!), saved: [] }),
    backward: ({ gradient, inputShapes: [shape], wanted: [wanted] }, { kernels }) => [
      wanted ? kernels.globalMeanGradient(gradient, shape!) : undefined,
    ],
  }
}
