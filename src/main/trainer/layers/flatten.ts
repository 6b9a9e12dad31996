import type { FeatureShape } from '#common/network/graph.ts'
import type { Operator } from './operator.ts'
import { weightless } from './operator.ts'
import { fromRows, toRows } from './rows.ts'

/** [N, H, W, C] → [N, 1, 1, C·H·W], in the order of NCHW. */
export function flattenOperator(input: FeatureShape): Operator {
  const output = { channels: input.channels * input.height * input.width, height: 1, width: 1 }
  return {
    ...weightless,
    needs: { inputs: false, output: false },
    forward([x], { kernels }) {
      const rows = toRows(x!, input, kernels)
      const flat = fromRows(rows, output, kernels)
      rows.dispose()
      return { output: flat, saved: [] }
    },
    backward({ gradient, wanted: [wanted] }, { kernels }) {
      if (!wanted) return [undefined]
      const rows = toRows(gradient, output, kernels)
      const maps = fromRows(rows, input, kernels)
      rows.dispose()
      return [maps]
    },
  }
}
