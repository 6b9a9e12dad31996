import type * as TensorFlow from '@tensorflow/tfjs'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js'
import { bnEpsilon } from '#common/network/graph.ts'
import type { BatchNormGradients, Kernels, Tensor, Window } from '../kernels.ts'
import type { Attribute } from './operations.ts'
import { operations } from './operations.ts'
import { beginUpdate, TensorFlowParameter } from './parameter.ts'

/**
 * The step as TensorFlow's own operations, without tape or layers. Fused batch normalisation and ReluGrad are what
 * brings it near the speed of other frameworks; tfjs wraps neither.
 */
export function tensorflowKernels(tf: typeof TensorFlow, backend: NodeJSKernelBackend): Kernels {
  const ops = operations(backend)
  const { run, runAll, wrap, float32 } = ops
  const keeper = { keep: (tensor: Tensor): Tensor => tf.keep(tensor) }
  const layout = ops.text('data_format', 'NHWC')

  const using = <T>(temporary: Tensor, body: (tensor: Tensor) => T): T => {
    const result = body(temporary)
    temporary.dispose()
    return result
  }
  const intVector = (values: readonly number[]): Tensor => wrap(Int32Array.from(values), [values.length])

  const convAttributes = ({ kernel, stride, padding }: Window): Attribute[] => [
    float32,
    ops.ints('strides', [1, stride, stride, 1]),
    ops.bool('use_cudnn_on_gpu', false),
    ...paddingAttributes({ kernel, stride, padding }),
    layout,
    ops.ints('dilations', [1, 1, 1, 1]),
  ]
  /**
   * TensorFlow's gradients are up to ten times slower with explicit padding (measured: 26 instead of 4 ms), so the
   * schemes with a name are used where they mean exactly the same numbers.
   */
  const paddingAttributes = ({ kernel, stride, padding }: Window): Attribute[] => {
    if (padding === 0) return [ops.text('padding', 'VALID')]
    if (stride === 1 && kernel === 2 * padding + 1) return [ops.text('padding', 'SAME')]
    return [
      ops.text('padding', 'EXPLICIT'),
      ops.ints('explicit_paddings', [0, 0, padding, padding, padding, padding, 0, 0]),
    ]
  }
  const poolAttributes = ({ kernel, stride }: Window): Attribute[] => [
    float32,
    ops.ints('ksize', [1, kernel, kernel, 1]),
    ops.ints('strides', [1, stride, stride, 1]),
    ops.text('padding', 'VALID'),
    layout,
  ]
  const normAttributes = (training: boolean, momentum?: number): Attribute[] => [
    float32,
    ops.type('U', 'float32'),
    ops.float('epsilon', bnEpsilon),
    ...(momentum === undefined ? [] : [ops.float('exponential_avg_factor', momentum)]),
    layout,
    ops.bool('is_training', training),
  ]
  const normGradient = (training: boolean, inputs: readonly Tensor[]): BatchNormGradients => {
    const [input, scale, offset, ...unused] = runAll('FusedBatchNormGradV3', normAttributes(training), inputs, 5)
    for (const tensor of unused) tensor.dispose()
    return { input: input!, scale: scale!, offset: offset! }
  }
  const transpose = (input: Tensor, order: readonly number[]): Tensor =>
    using(intVector(order), (axes) => run('Transpose', [float32, ops.type('Tperm', 'int32')], [input, axes]))
  const binary =
    (op: string) =>
    (a: Tensor, b: Tensor): Tensor =>
      run(op, [float32], [a, b])
  const multiply = binary('Mul')
  const reduce = (op: string, input: Tensor, axes: readonly number[]): Tensor =>
    using(intVector(axes), (over) =>
      run(op, [float32, ops.type('Tidx', 'int32'), ops.bool('keep_dims', false)], [input, over]),
    )

  return {
    upload: (values, shape) => wrap(values.slice(), shape),
    parameter: (values, shape) => new TensorFlowParameter(ops, keeper, values, shape),
    beginUpdate: (rule) => beginUpdate(ops, rule),
    scope: (body) => {
      tf.engine().startScope()
      try {
        const result = body()
        tf.engine().endScope(result as never)
        return result
      } catch (error) {
        tf.engine().endScope()
        throw error
      }
    },
    keep: keeper.keep,

    normalise: (images, shape, mean, std) => {
      const bytes = wrap(images, shape)
      const floats = run(
        'Cast',
        [ops.type('SrcT', 'uint8'), ops.type('DstT', 'float32'), ops.bool('Truncate', false)],
        [bytes],
      )
      const factor = wrap(
        Float32Array.from(std, (value) => 1 / (255 * value)),
        [std.length],
      )
      const shift = wrap(
        Float32Array.from(mean, (value, channel) => -value / std[channel]!),
        [mean.length],
      )
      const scaled = multiply(floats, factor)
      const shifted = run('AddV2', [float32], [scaled, shift])
      for (const tensor of [bytes, floats, factor, shift, scaled]) tensor.dispose()
      return shifted
    },

    conv: (input, filter, window) => run('Conv2D', convAttributes(window), [input, filter]),
    convInputGradient: (inputShape, filter, gradient, window) =>
      using(intVector(inputShape), (sizes) =>
        run('Conv2DBackpropInput', convAttributes(window), [sizes, filter, gradient]),
      ),
    convFilterGradient: (input, filterShape, gradient, window) =>
      using(intVector(filterShape), (sizes) =>
        run('Conv2DBackpropFilter', convAttributes(window), [input, sizes, gradient]),
      ),
    biasAdd: (input, bias) => run('BiasAdd', [float32, layout], [input, bias]),
    biasGradient: (gradient) => run('BiasAddGrad', [float32, layout], [gradient]),

    batchNormTrain: (input, scale, offset, running, momentum) => {
      const outputs = runAll(
        'FusedBatchNormV3',
        normAttributes(true, momentum),
        [input, scale, offset, running.mean, running.variance],
        6,
      )
      const [output, runningMean, runningVariance, ...saved] = outputs
      return { output: output!, runningMean: runningMean!, runningVariance: runningVariance!, saved }
    },
    batchNormTrainGradient: (gradient, input, scale, saved) => normGradient(true, [gradient, input, scale, ...saved]),
    batchNormEval: (input, scale, offset, { mean, variance }) => {
      const [output, ...unused] = runAll(
        'FusedBatchNormV3',
        normAttributes(false),
        [input, scale, offset, mean, variance],
        6,
      )
      for (const tensor of unused) tensor.dispose()
      return output!
    },
    batchNormEvalGradient: (gradient, input, scale, { mean, variance }) =>
      using(wrap(new Float32Array(0), [0]), (unused) =>
        normGradient(false, [gradient, input, scale, mean, variance, unused]),
      ),

    relu: (input) => run('Relu', [float32], [input]),
    reluGradient: binary('ReluGrad'),
    maxPool: (input, window) => run('MaxPool', poolAttributes(window), [input]),
    maxPoolGradient: (gradient, input, output, window) =>
      run('MaxPoolGrad', poolAttributes(window), [input, output, gradient]),

    matMul: (a, b, transposeA, transposeB) =>
      run('MatMul', [float32, ops.bool('transpose_a', transposeA), ops.bool('transpose_b', transposeB)], [a, b]),
    add: binary('AddV2'),
    subtract: binary('Sub'),
    reshape: (input, shape) =>
      using(intVector(shape), (sizes) => run('Reshape', [float32, ops.type('Tshape', 'int32')], [input, sizes])),
    channelsFirst: (input) => transpose(input, [0, 3, 1, 2]),
    channelsLast: (input) => transpose(input, [0, 2, 3, 1]),

    crossEntropyGradient: (logits, labels, scale) => {
      const classes = wrap(labels.slice(), [labels.length])
      const [losses, gradient] = runAll(
        'SparseSoftmaxCrossEntropyWithLogits',
        [float32, ops.type('Tlabels', 'int32')],
        [logits, classes],
        2,
      )
      const factor = wrap(Float32Array.of(scale), [])
      const scaled = multiply(gradient!, factor)
      for (const tensor of [classes, losses!, gradient!, factor]) tensor.dispose()
      return scaled
    },
    taylorSum: (activation, gradient) => {
      const product = multiply(activation, gradient)
      const spatial = Array.from({ length: activation.shape.length - 2 }, (_, axis) => axis + 1)
      const means = reduce('Mean', product, spatial)
      const magnitudes = run('Abs', [float32], [means])
      const sums = reduce('Sum', magnitudes, [0])
      for (const tensor of [product, means, magnitudes]) tensor.dispose()
      return sums
    },
  }
}
