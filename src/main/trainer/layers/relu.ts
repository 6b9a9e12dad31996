import type { ReluLayer } from '#common/network/graph.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/** y = max(0, x), at most 6 in ReLU6. The gradient is that of PyTorch: 0 at x = 0 and at x = 6. */
export const reluOperator = ({ max }: ReluLayer): Operator => ({
  ...weightless,
  needs: { inputs: false, output: true },
  forward: ([x], { kernels }) => ({ output: kernels.relu(x!, max), saved: [] }),
  backward: ({ gradient, output, wanted: [wanted] }, { kernels }) => [
    wanted ? kernels.reluGradient(gradient, output!, max) : undefined,
  ],
})
