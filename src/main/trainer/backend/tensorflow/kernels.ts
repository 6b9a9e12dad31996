import type * as TensorFlow from '@tensorflow/tfjs'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js'
import type { Sides, Window } from '#common/network/window.ts'
import { isPadded } from '#common/network/window.ts'
import type { Kernels, Tensor } from '../kernels.ts'
import { batchNormKernels } from './batchNorm.ts'
import { maxPoolKernels } from './maxPool.ts'
import type { Attribute } from './operations.ts'
import { operations } from './operations.ts'
import { beginUpdate, TensorFlowParameter } from './parameter.ts'
import { isPointwise, isStridedPointwise, pointwiseKernels } from './pointwise.ts'

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

  const strides = ({ stride: [rows, columns] }: Window): Attribute => ops.ints('strides', [1, rows, columns, 1])
  const noDilation = ops.ints('dilations', [1, 1, 1, 1])
  const convAttributes = (window: Window, scheme: 'SAME' | 'VALID'): Attribute[] => [
    float32,
    strides(window),
    ops.bool('use_cudnn_on_gpu', false),
    ops.text('padding', scheme),
    layout,
    noDilation,
  ]
  const depthwiseAttributes = (window: Window): Attribute[] => {
    const [top, left, bottom, right] = window.padding
    return [
      float32,
      strides(window),
      ...(isPadded(window) && !isSame(window)
        ? [ops.text('padding', 'EXPLICIT'), ops.ints('explicit_paddings', [0, 0, top, bottom, left, right, 0, 0])]
        : [ops.text('padding', isPadded(window) ? 'SAME' : 'VALID')]),
      layout,
      noDilation,
    ]
  }
  const poolAttributes = (window: Window): Attribute[] => [
    float32,
    ops.ints('ksize', [1, ...window.kernel, 1]),
    strides(window),
    ops.text('padding', 'VALID'),
    layout,
  ]
  const paddings = ([top, left, bottom, right]: Sides): Tensor =>
    wrap(Int32Array.of(0, 0, top, bottom, left, right, 0, 0), [4, 2])
  const pad = (input: Tensor, sides: Sides, value = 0): Tensor =>
    using(paddings(sides), (around) =>
      using(wrap(Float32Array.of(value), []), (filling) =>
        run('PadV2', [float32, ops.type('Tpaddings', 'int32')], [input, around, filling]),
      ),
    )
  const slice = (input: Tensor, begin: readonly number[], size: readonly number[]): Tensor =>
    using(intVector(begin), (from) =>
      using(intVector(size), (extent) => run('Slice', [float32, ops.type('Index', 'int32')], [input, from, extent])),
    )
  const paddedShape = ([count, height, width, channels]: readonly number[], [top, left, bottom, right]: Sides) => [
    count!,
    height! + top + bottom,
    width! + left + right,
    channels!,
  ]
  const withoutPadding = (padded: Tensor, [count, height, width, channels]: readonly number[], [top, left]: Sides) =>
    slice(padded, [0, top, left, 0], [count!, height!, width!, channels!])

  /**
   * TensorFlow's gradients of ordinary convolutions are up to ten times slower with its explicit padding (measured: 26
   * instead of 4 ms). So "same" is used where it means exactly our numbers, and the map is padded before and cut after
   * where it does not. Depthwise convolutions of such windows are faster with explicit padding.
   */
  const isSame = ({ kernel, stride, padding: [top, left, bottom, right] }: Window): boolean =>
    stride[0] === 1 &&
    stride[1] === 1 &&
    top === bottom &&
    left === right &&
    kernel[0] === 2 * top + 1 &&
    kernel[1] === 2 * left + 1
  const sliding = (input: Tensor, window: Window, body: (map: Tensor, scheme: 'SAME' | 'VALID') => Tensor): Tensor => {
    if (!isPadded(window)) return body(input, 'VALID')
    if (isSame(window)) return body(input, 'SAME')
    return using(pad(input, window.padding), (padded) => body(padded, 'VALID'))
  }
  const inputGradient = (
    inputShape: readonly number[],
    window: Window,
    body: (sizes: Tensor, scheme: 'SAME' | 'VALID') => Tensor,
  ): Tensor => {
    if (!isPadded(window)) return using(intVector(inputShape), (sizes) => body(sizes, 'VALID'))
    if (isSame(window)) return using(intVector(inputShape), (sizes) => body(sizes, 'SAME'))
    return using(
      using(intVector(paddedShape(inputShape, window.padding)), (sizes) => body(sizes, 'VALID')),
      (gradient) => withoutPadding(gradient, inputShape, window.padding),
    )
  }
  const matMul: Kernels['matMul'] = (a, b, transposeA, transposeB) =>
    run('MatMul', [float32, ops.bool('transpose_a', transposeA), ops.bool('transpose_b', transposeB)], [a, b])
  const reshape: Kernels['reshape'] = (input, shape) =>
    using(intVector(shape), (sizes) => run('Reshape', [float32, ops.type('Tshape', 'int32')], [input, sizes]))
  const pointwise = pointwiseKernels(matMul, reshape)
  const zeroMasks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'].map((mask) =>
    ops.int(mask, 0),
  )
  const visited = (input: Tensor, { stride: [rows, columns] }: Window): Tensor => {
    const bounds = [[0, 0, 0, 0], input.shape, [1, rows, columns, 1]].map(intVector)
    const map = run('StridedSlice', [float32, ops.type('Index', 'int32'), ...zeroMasks], [input, ...bounds])
    for (const one of bounds) one.dispose()
    return map
  }
  const transpose = (input: Tensor, order: readonly number[]): Tensor =>
    using(intVector(order), (axes) => run('Transpose', [float32, ops.type('Tperm', 'int32')], [input, axes]))
  const binary =
    (op: string) =>
    (a: Tensor, b: Tensor): Tensor =>
      run(op, [float32], [a, b])
  const multiply = binary('Mul')
  const reduce = (op: string, input: Tensor, axes: readonly number[], keepAxes = false): Tensor =>
    using(intVector(axes), (over) =>
      run(op, [float32, ops.type('Tidx', 'int32'), ops.bool('keep_dims', keepAxes)], [input, over]),
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
    compute: (body) => tf.tidy(() => body(tf)),

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

    conv: (input, filter, window) =>
      isPointwise(window)
        ? pointwise.conv(input, filter)
        : sliding(input, window, (map, scheme) => run('Conv2D', convAttributes(window, scheme), [map, filter])),
    convInputGradient: (inputShape, filter, gradient, window) =>
      isPointwise(window)
        ? pointwise.inputGradient(filter, gradient)
        : inputGradient(inputShape, window, (sizes, scheme) =>
            run('Conv2DBackpropInput', convAttributes(window, scheme), [sizes, filter, gradient]),
          ),
    // oneDNN's kernel for strided 1×1 filters (TensorFlow 2.21, AVX-512) writes beyond its memory: [8, 64, 64, 6] at
    // stride 2 to 13 channels ends in a broken heap. The positions that the window visits are taken out first.
    convFilterGradient: (input, filterShape, gradient, window) =>
      isStridedPointwise(window)
        ? using(visited(input, window), (map) => pointwise.filterGradient(map, gradient))
        : isPointwise(window)
          ? pointwise.filterGradient(input, gradient)
          : using(intVector(filterShape), (sizes) =>
              sliding(input, window, (map, scheme) =>
                run('Conv2DBackpropFilter', convAttributes(window, scheme), [map, sizes, gradient]),
              ),
            ),
    depthwise: (input, filter, window) => run('DepthwiseConv2dNative', depthwiseAttributes(window), [input, filter]),
    depthwiseInputGradient: (inputShape, filter, gradient, window) =>
      using(intVector(inputShape), (sizes) =>
        run('DepthwiseConv2dNativeBackpropInput', depthwiseAttributes(window), [sizes, filter, gradient]),
      ),
    depthwiseFilterGradient: (input, filterShape, gradient, window) =>
      using(intVector(filterShape), (sizes) =>
        run('DepthwiseConv2dNativeBackpropFilter', depthwiseAttributes(window), [input, sizes, gradient]),
      ),
    biasAdd: (input, bias) => run('BiasAdd', [float32, layout], [input, bias]),
    biasGradient: (gradient) => run('BiasAddGrad', [float32, layout], [gradient]),

    ...batchNormKernels(ops),

    relu: (input, max) => run(max === 6 ? 'Relu6' : 'Relu', [float32], [input]),
    reluGradient: (gradient, output, max) => run(max === 6 ? 'Relu6Grad' : 'ReluGrad', [float32], [gradient, output]),
    ...maxPoolKernels(ops, poolAttributes, { pad, withoutPadding }),
    avgPool: (input, window) => {
      if (!isPadded(window)) return run('AvgPool', poolAttributes(window), [input])
      return using(pad(input, window.padding), (padded) => run('AvgPool', poolAttributes(window), [padded]))
    },
    avgPoolGradient: (gradient, inputShape, window) =>
      inputGradient(inputShape, { ...window, stride: [0, 0] }, (sizes) =>
        run('AvgPoolGrad', poolAttributes(window), [sizes, gradient]),
      ),
    globalMean: (input) => reduce('Mean', input, [1, 2], true),
    globalMeanGradient: (gradient, inputShape) => {
      const share = wrap(Float32Array.of(1 / (inputShape[1]! * inputShape[2]!)), [])
      const scaled = multiply(gradient, share)
      const sizes = intVector(inputShape)
      const spread = run('BroadcastTo', [float32, ops.type('Tidx', 'int32')], [scaled, sizes])
      for (const tensor of [share, scaled, sizes]) tensor.dispose()
      return spread
    },
    concat: (inputs) =>
      using(wrap(Int32Array.of(3), []), (axis) =>
        run('ConcatV2', [ops.int('N', inputs.length), float32, ops.type('Tidx', 'int32')], [...inputs, axis]),
      ),
    sliceChannels: (input, start, count) =>
      slice(input, [0, 0, 0, start], [...(input.shape.slice(0, 3) as number[]), count]),

    matMul,
    add: binary('AddV2'),
    subtract: binary('Sub'),
    reshape,
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
      const absolute = reduce('Sum', magnitudes, [0])
      const signed = reduce('Sum', means, [0])
      for (const tensor of [product, means, magnitudes]) tensor.dispose()
      return { absolute, signed }
    },
  }
}
