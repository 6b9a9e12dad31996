import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'

/** y = max(0, x). The gradient is that of PyTorch: 0 at x = 0. */
export const reluOperator = (): Operator => ({
  ...weightless,
  needs: { inputs: false, output: true },
  forward: ([x], { kernels }) => ({ output: kernels.relu(x!), saved: [] }),
  backward: ({ gradient, output, wanted: [wanted] }, { kernels }) => [
    wanted ? kernels.reluGradient(gradient, output!) : undefined,
  ],
})
