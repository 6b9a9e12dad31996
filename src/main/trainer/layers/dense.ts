import type { DenseLayer, FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels, Tensor } from '../backend/kernels.ts'
import type { Operator } from './operator.ts'
import { plainTrainable } from './operator.ts'
import { fromRows, toRows } from './rows.ts'

/**
 * y = x·Wᵀ + b. The input is read in the order of NCHW; the output is [N, 1, 1, out]. Weights keep the file's layout
 * [out, in].
 */
export function denseOperator(layer: DenseLayer, input: FeatureShape, weights: Weights, kernels: Kernels): Operator {
  const inputs = input.channels * input.height * input.width
  const output = { channels: layer.outputs, height: 1, width: 1 }
  const weight = kernels.parameter(weights.get(`${layer.name}.weight`)!, [layer.outputs, inputs])
  const bias = kernels.parameter(weights.get(`${layer.name}.bias`)!, [layer.outputs])
  return {
    trainables: [plainTrainable(`${layer.name}.weight`, weight), plainTrainable(`${layer.name}.bias`, bias)],
    needs: { inputs: true, output: false },
    forward([x], { kernels }) {
      const [matrix, offset, rows] = [weight.value(), bias.value(), toRows(x!, input, kernels)]
      const product = kernels.matMul(rows, matrix, false, true)
      const sum = kernels.biasAdd(product, offset)
      const result = fromRows(sum, output, kernels)
      for (const tensor of [matrix, offset, rows, product, sum]) tensor.dispose()
      return { output: result, saved: [] }
    },
    backward({ gradient, inputs: [x], wanted: [wanted] }, { kernels, onGradient }) {
      const rows = toRows(gradient, output, kernels)
      let inputGradient: Tensor | undefined
      if (wanted) {
        const matrix = weight.value()
        const product = kernels.matMul(rows, matrix, false, false)
        inputGradient = fromRows(product, input, kernels)
        matrix.dispose()
        product.dispose()
      }
      if (onGradient) {
        const read = toRows(x!, input, kernels)
        onGradient(weight, kernels.matMul(rows, read, true, false))
        onGradient(bias, kernels.biasGradient(rows))
        read.dispose()
      }
      rows.dispose()
      return [inputGradient]
    },
    dispose: () => {
      weight.dispose()
      bias.dispose()
    },
  }
}
