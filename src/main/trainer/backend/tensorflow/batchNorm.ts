import { bnEpsilon } from '#common/network/graph.ts'
import type { BatchNormGradients, Kernels, Tensor } from '../kernels.ts'
import type { Attribute, Operations } from './operations.ts'

type BatchNormKernels = Pick<
  Kernels,
  'batchNormTrain' | 'batchNormTrainGradient' | 'batchNormEval' | 'batchNormEvalGradient'
>

/**
 * Batch normalisation in one operation. The one that also rectifies saves a pass over the map; it belongs to oneDNN and
 * is called as TensorFlow's own graph rewriter calls it, where the processor has it.
 */
export function batchNormKernels(ops: Operations): BatchNormKernels {
  const { run, runAll, wrap, float32 } = ops
  const attributes = (training: boolean, momentum?: number): Attribute[] => [
    float32,
    ops.type('U', 'float32'),
    ops.float('epsilon', bnEpsilon),
    ...(momentum === undefined ? [] : [ops.float('exponential_avg_factor', momentum)]),
    ops.text('data_format', 'NHWC'),
    ops.bool('is_training', training),
  ]
  const rectifying = [
    ops.int('num_side_inputs', 0),
    ops.text('activation_mode', 'Relu'),
    ops.text('_kernel', 'MklNameChangeOp'),
  ]
  const fused = (common: Attribute[], inputs: readonly Tensor[]): Tensor[] =>
    runAll('_MklNativeFusedBatchNormEx', [...common, ...rectifying], inputs, 6)
  const plain = (common: Attribute[], inputs: readonly Tensor[]): Tensor[] =>
    runAll('FusedBatchNormV3', common, inputs, 6)
  let fusedWorks: boolean | undefined
  const hasFused = (): boolean => {
    fusedWorks ??= works(() => {
      const [map, numbers] = [wrap(new Float32Array(16), [1, 1, 1, 16]), wrap(new Float32Array(16), [16])]
      for (const made of fused(attributes(false), [map, numbers, numbers, numbers, numbers])) made.dispose()
      for (const tensor of [map, numbers]) tensor.dispose()
    })
    return fusedWorks
  }
  const normalise = (common: Attribute[], inputs: readonly Tensor[], rectified: boolean): Tensor[] => {
    if (!rectified) return plain(common, inputs)
    if (hasFused()) return fused(common, inputs)
    const [normalised, ...rest] = plain(common, inputs)
    const output = run('Relu', [float32], [normalised!])
    normalised!.dispose()
    return [output, ...rest]
  }
  const gradients = (training: boolean, inputs: readonly Tensor[]): BatchNormGradients => {
    const reserved = wrap(new Float32Array(0), [0])
    const [input, scale, offset, ...unused] = runAll(
      'FusedBatchNormGradV3',
      attributes(training),
      [...inputs, reserved],
      5,
    )
    for (const tensor of [reserved, ...unused]) tensor.dispose()
    return { input: input!, scale: scale!, offset: offset! }
  }

  return {
    batchNormTrain: (input, scale, offset, running, momentum, rectified = false) => {
      const inputs = [input, scale, offset, running.mean, running.variance]
      const [output, runningMean, runningVariance, mean, variance, workspace] = normalise(
        attributes(true, momentum),
        inputs,
        rectified,
      )
      workspace!.dispose()
      return {
        output: output!,
        runningMean: runningMean!,
        runningVariance: runningVariance!,
        saved: [mean!, variance!],
      }
    },
    batchNormTrainGradient: (gradient, input, scale, saved) => gradients(true, [gradient, input, scale, ...saved]),
    batchNormEval: (input, scale, offset, { mean, variance }, rectified = false) => {
      const [output, ...unused] = normalise(attributes(false), [input, scale, offset, mean, variance], rectified)
      for (const tensor of unused) tensor.dispose()
      return output!
    },
    batchNormEvalGradient: (gradient, input, scale, { mean, variance }) =>
      gradients(false, [gradient, input, scale, mean, variance]),
  }
}

function works(body: () => void): boolean {
  try {
    body()
    return true
  } catch {
    return false
  }
}
