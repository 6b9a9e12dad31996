import type { DepthwiseLayer, FeatureShape } from '#common/network/graph.ts'
import { weightShapes } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels, Tensor } from '../backend/kernels.ts'
import { convolutionOf } from './convolution.ts'
import { filterFromFile, filterToFile } from './layout.ts'
import type { Operator, Trainable } from './operator.ts'
import { plainTrainable } from './operator.ts'

/** Depthwise convolution (Howard et al. 2017): channel c of the output is channel c of the input ∗ filter c, + b. */
export function depthwiseOperator(
  layer: DepthwiseLayer,
  input: FeatureShape,
  weights: Weights,
  kernels: Kernels,
): Operator {
  const convolution = convolutionOf(layer)
  const shape = weightShapes(layer, input)[`${layer.name}.weight`]!
  const filterShape = [...shape.slice(2), input.channels, 1]
  const filter = kernels.parameter(filterFromFile(weights.get(`${layer.name}.weight`)!, shape), filterShape)
  const bias = layer.bias ? kernels.parameter(weights.get(`${layer.name}.bias`)!, [input.channels]) : undefined
  const trainables: Trainable[] = [
    {
      name: `${layer.name}.weight`,
      parameter: filter,
      toFile: (values) => filterToFile(values, shape),
      fromFile: (values) => filterFromFile(values, shape),
    },
  ]
  if (bias) trainables.push(plainTrainable(`${layer.name}.bias`, bias))
  return {
    trainables,
    needs: { inputs: true, output: false },
    forward([x], { kernels }) {
      const value = filter.value()
      const product = convolution.forward(kernels, x!, value)
      value.dispose()
      if (!bias) return { output: product, saved: [] }
      const offset = bias.value()
      const output = kernels.biasAdd(product, offset)
      offset.dispose()
      product.dispose()
      return { output, saved: [] }
    },
    backward({ gradient, inputs: [x], inputShapes: [inputShape], wanted: [wanted] }, { kernels, onGradient }) {
      let inputGradient: Tensor | undefined
      if (wanted) {
        const value = filter.value()
        inputGradient = convolution.inputGradient(kernels, inputShape!, value, gradient)
        value.dispose()
      }
      if (onGradient) {
        onGradient(filter, convolution.filterGradient(kernels, x!, filterShape, gradient))
        if (bias) onGradient(bias, kernels.biasGradient(gradient))
      }
      return [inputGradient]
    },
    dispose: () => {
      filter.dispose()
      bias?.dispose()
    },
  }
}
