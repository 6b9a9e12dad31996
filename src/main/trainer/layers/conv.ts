import type { ConvLayer, FeatureShape } from '#common/network/graph.ts'
import { weightShapes } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels, Parameter } from '../backend/kernels.ts'
import { convolutionOf } from './convolution.ts'
import { filterFromFile, filterToFile } from './layout.ts'
import type { Operator, Trainable } from './operator.ts'
import { plainTrainable } from './operator.ts'

export interface ConvOperator extends Operator {
  /** The bias that the normalisation behind this convolution accounts for in training; see `convOperator`. */
  readonly absorbedBias: Parameter | undefined
}

/**
 * Convolution: y = W ∗ x + b.
 *
 * Where only a batch normalisation reads it (`absorb`), that layer subtracts the bias again together with the batch's
 * mean: in training the addition is left out, the bias' gradient is exactly 0, and the normalisation adds the bias to
 * its running mean. A bias that is 0 then stays 0, also under weight decay, and needs no operation at all.
 */
export function convOperator(
  layer: ConvLayer,
  input: FeatureShape,
  weights: Weights,
  kernels: Kernels,
  absorb: boolean,
): ConvOperator {
  const shape = weightShapes(layer, input)[`${layer.name}.weight`]!
  const [filters, channels, rows, columns] = shape as [number, number, number, number]
  const filterShape = [rows, columns, channels, filters]
  const convolution = convolutionOf(layer)
  const filter = kernels.parameter(filterFromFile(weights.get(`${layer.name}.weight`)!, shape), filterShape)
  const biasValues = weights.get(`${layer.name}.bias`)
  const bias = layer.bias ? kernels.parameter(biasValues!, [layer.filters]) : undefined
  const active = bias && !(absorb && biasValues!.every((value) => value === 0)) ? bias : undefined
  const absorbedBias = absorb ? active : undefined
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
    absorbedBias,
    needs: { inputs: true, output: false },
    forward([x], { kernels, mode }) {
      const value = filter.value()
      const product = convolution.forward(kernels, x!, value)
      value.dispose()
      if (!active || (absorb && mode === 'train')) return { output: product, saved: [] }
      const offset = active.value()
      const output = kernels.biasAdd(product, offset)
      offset.dispose()
      product.dispose()
      return { output, saved: [] }
    },
    backward({ gradient, inputs: [x], inputShapes: [inputShape], wanted: [wanted] }, { kernels, mode, onGradient }) {
      let inputGradient: ReturnType<Kernels['conv']> | undefined
      if (wanted) {
        const value = filter.value()
        inputGradient = convolution.inputGradient(kernels, inputShape!, value, gradient)
        value.dispose()
      }
      if (onGradient) {
        onGradient(filter, convolution.filterGradient(kernels, x!, filterShape, gradient))
        if (active) {
          const zero = absorb && mode === 'train'
          onGradient(
            active,
            zero ? kernels.upload(new Float32Array(layer.filters), [layer.filters]) : kernels.biasGradient(gradient),
          )
        }
      }
      return [inputGradient]
    },
    dispose: () => {
      filter.dispose()
      bias?.dispose()
    },
  }
}
