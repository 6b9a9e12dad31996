import type { CodecLayer } from '#common/network/codecLayers.ts'
import type { FeatureShape } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import type { Kernels } from '../../backend/kernels.ts'
import type { Operator } from '../operator.ts'
import { attentionOperator } from './attention.ts'
import { awgnOperator, erasureOperator, jpegOperator } from './channels.ts'
import { codebookOperator } from './codebook.ts'
import { conditionOperator } from './condition.ts'
import { gdnOperator } from './gdn.ts'
import { powerOperator } from './power.ts'
import { preluOperator } from './prelu.ts'
import { quantiseOperator } from './quantise.ts'
import { transposedOperator } from './transposed.ts'
import { upsampleOperator } from './upsample.ts'

/** The operator of a layer that belongs to a codec; `input`: the shape it reads. */
export function codecOperator(layer: CodecLayer, input: FeatureShape, weights: Weights, kernels: Kernels): Operator {
  switch (layer.op) {
    case 'prelu':
      return preluOperator(layer, input, weights, kernels)
    case 'gdn':
      return gdnOperator(layer, input, weights, kernels)
    case 'power':
      return powerOperator(input)
    case 'condition':
      return conditionOperator(layer, input)
    case 'upsample':
      return upsampleOperator(layer, input)
    case 'transposed':
      return transposedOperator(layer, input, weights, kernels)
    case 'attention':
      return attentionOperator(layer, input, weights, kernels)
    case 'quantise':
      return quantiseOperator(layer)
    case 'codebook':
      return codebookOperator(layer, input, weights, kernels)
    case 'awgn':
      return awgnOperator(layer)
    case 'erasure':
      return erasureOperator(layer)
    case 'jpeg':
      return jpegOperator(layer, input)
  }
}
