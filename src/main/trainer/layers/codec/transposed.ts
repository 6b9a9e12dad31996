import type { TransposedLayer } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import { windowOf } from '#common/network/window.ts'
import type { Kernels, Tensor } from '../../backend/kernels.ts'
import { filterFromFile, filterToFile } from '../layout.ts'
import type { Operator, Trainable } from '../operator.ts'
import { plainTrainable } from '../operator.ts'

/**
 * Transposed convolution with stride = kernel: the gradient of a convolution with respect to its input, run forwards;
 * its own gradients are that convolution, and the gradient of its filter.
 */
export function transposedOperator(
  layer: TransposedLayer,
  input: FeatureShape,
  weights: Weights,
  kernels: Kernels,
): Operator {
  const { name, kernel, filters } = layer
  const window = windowOf({ kernel, stride: kernel })
  // PyTorch's [Cin, Cout, k, k] is the file layout of a convolution from Cout to Cin channels.
  const fileShape = [input.channels, filters, kernel, kernel]
  const filterShape = [kernel, kernel, filters, input.channels]
  const filter = kernels.parameter(filterFromFile(weights.get(`${name}.weight`)!, fileShape), filterShape)
  const bias = layer.bias ? kernels.parameter(weights.get(`${name}.bias`)!, [filters]) : undefined
  const trainables: Trainable[] = [
    {
      name: `${name}.weight`,
      parameter: filter,
      toFile: (values) => filterToFile(values, fileShape),
      fromFile: (values) => filterFromFile(values, fileShape),
    },
  ]
  if (bias) trainables.push(plainTrainable(`${name}.bias`, bias))
  const withFilter = (body: (value: Tensor) => Tensor): Tensor => {
    const value = filter.value()
    const result = body(value)
    value.dispose()
    return result
  }
  return {
    trainables,
    needs: { inputs: true, output: false },
    forward([x], { kernels }) {
      const shape = [x!.shape[0]!, input.height * kernel, input.width * kernel, filters]
      const product = withFilter((value) => kernels.convInputGradient(shape, value, x!, window))
      if (!bias) return { output: product, saved: [] }
      const offset = bias.value()
      const output = kernels.biasAdd(product, offset)
      offset.dispose()
      product.dispose()
      return { output, saved: [] }
    },
    backward({ gradient, inputs: [x], wanted: [wanted] }, { kernels, onGradient }) {
      if (onGradient) {
        onGradient(filter, kernels.convFilterGradient(gradient, filterShape, x!, window))
        if (bias) onGradient(bias, kernels.biasGradient(gradient))
      }
      return [wanted ? withFilter((value) => kernels.conv(gradient, value, window)) : undefined]
    },
    dispose: () => {
      filter.dispose()
      bias?.dispose()
    },
  }
}
