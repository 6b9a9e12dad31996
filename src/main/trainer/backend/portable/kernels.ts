import type * as TensorFlow from '@tensorflow/tfjs'
import { bnEpsilon } from '#common/network/graph.ts'
import type { Sides, Window } from '#common/network/window.ts'
import { isPadded } from '#common/network/window.ts'
import type { BatchNormGradients, BatchNormStatistics, Kernels, Tensor } from '../kernels.ts'
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwiseGradients.ts'
import { beginUpdate, PortableParameter } from './parameter.ts'

/**
 * The step in tfjs' own vocabulary, on whatever tfjs backend is active: WebAssembly where TensorFlow cannot be had, the
 * plain JavaScript backend as a reference in tests. Slow; equal to the TensorFlow kernels up to rounding.
 */
export function portableKernels(tf: typeof TensorFlow): Kernels {
  const tidy = <T>(body: () => T): T => tf.tidy(body as () => TensorFlow.TensorContainer) as T
  const channelSum = (input: Tensor): Tensor => tf.sum(input, everyAxisButLast(input))
  const positions = (input: Tensor): number => input.size / input.shape[input.shape.length - 1]!
  const inverseDeviation = (variance: Tensor): Tensor => tf.rsqrt(tf.add(variance, bnEpsilon))
  const blend = (running: Tensor, batch: Tensor, momentum: number): Tensor =>
    tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, momentum))
  /** A map with its padding; tfjs' own padding knows one number for both axes only. */
  const padded = (input: Tensor, [top, left, bottom, right]: Sides, value = 0): TensorFlow.Tensor4D =>
    tf.pad4d(
      input as TensorFlow.Tensor4D,
      [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ],
      value,
    )
  const withPadding = (input: Tensor, window: Window, body: (map: TensorFlow.Tensor4D) => Tensor, value = 0): Tensor =>
    isPadded(window) ? tidy(() => body(padded(input, window.padding, value))) : body(input as TensorFlow.Tensor4D)
  const paddedShape = (shape: readonly number[], { padding: [top, left, bottom, right] }: Window): number[] => [
    shape[0]!,
    shape[1]! + top + bottom,
    shape[2]! + left + right,
    shape[3]!,
  ]
  const cut = (input: Tensor, shape: readonly number[], { padding: [top, left] }: Window): Tensor =>
    tf.slice(input, [0, top, left, 0], shape as number[])
  /** The gradient of a window over the padded map, without the padding. */
  const inputGradient = (shape: readonly number[], window: Window, body: (shape: number[]) => Tensor): Tensor =>
    isPadded(window) ? tidy(() => cut(body(paddedShape(shape, window)), shape, window)) : body(shape as number[])
  const strideOf = ({ stride }: Window): [number, number] => [stride[0], stride[1]]
  /**
   * Convolutions take equal padding on all sides themselves, without a padded copy; for windows that are not square
   * tfjs 4.22 gets a number wrong, even 0.
   */
  const evenly = ({ kernel: [rows, columns], padding }: Window): number | undefined =>
    rows === columns && padding.every((side) => side === padding[0]) ? padding[0] : undefined
  const convAttributes = (window: Window) => ({
    strides: strideOf(window),
    pad: evenly(window) ?? 'valid',
    dataFormat: 'NHWC',
    dimRoundingMode: 'floor',
  })
  const poolAttributes = (window: Window) => ({
    filterSize: [...window.kernel],
    strides: strideOf(window),
    pad: 'valid',
  })

  const maxPool: Kernels['maxPool'] = (input, window) =>
    withPadding(
      input,
      window,
      (map) => tf.maxPool(map, [...window.kernel], strideOf(window), 'valid'),
      Number.NEGATIVE_INFINITY,
    )

  return {
    upload: (values, shape) => tf.tensor(values.slice(), shape as number[]),
    parameter: (values, shape) => new PortableParameter(tf, values, shape),
    beginUpdate: (rule) => beginUpdate(tf, rule),
    scope: tidy,
    keep: (tensor) => tf.keep(tensor),
    compute: (body) => tf.tidy(() => body(tf)),

    normalise: (images, shape, mean, std) => {
      const values = new Float32Array(images.length)
      const channels = mean.length
      for (let at = 0; at < values.length; at++) {
        const channel = at % channels
        values[at] = (images[at]! / 255 - mean[channel]!) / std[channel]!
      }
      return tf.tensor(values, shape as number[])
    },

    conv: (input, filter, window) => {
      const slide = (map: TensorFlow.Tensor4D, pad: number | 'valid'): Tensor =>
        tf.conv2d(
          map,
          filter as TensorFlow.Tensor4D,
          strideOf(window),
          pad,
          'NHWC',
          [1, 1],
          pad === 'valid' ? undefined : 'floor',
        )
      const even = evenly(window)
      if (even !== undefined) return slide(input as TensorFlow.Tensor4D, even)
      return withPadding(input, window, (map) => slide(map, 'valid'))
    },
    convInputGradient: (inputShape, filter, gradient, window) => {
      const run = (shape: readonly number[]): Tensor =>
        tf
          .engine()
          .runKernel(
            'Conv2DBackpropInput',
            { dy: gradient, filter },
            { ...convAttributes(window), inputShape: shape as number[] },
          ) as Tensor
      return evenly(window) === undefined ? inputGradient(inputShape, window, run) : run(inputShape)
    },
    convFilterGradient: (input, filterShape, gradient, window) => {
      const run = (map: Tensor): Tensor =>
        tf
          .engine()
          .runKernel(
            'Conv2DBackpropFilter',
            { x: map, dy: gradient },
            { ...convAttributes(window), filterShape: filterShape as number[] },
          ) as Tensor
      return evenly(window) === undefined ? withPadding(input, window, run) : run(input)
    },
    depthwise: (input, filter, window) =>
      withPadding(input, window, (map) =>
        tf.depthwiseConv2d(map, filter as TensorFlow.Tensor4D, strideOf(window), 'valid'),
      ),
    depthwiseInputGradient: (inputShape, filter, gradient, window) =>
      inputGradient(inputShape, window, (shape) => depthwiseInputGradient(tf, shape, filter, gradient, window)),
    depthwiseFilterGradient: (input, filterShape, gradient, window) =>
      withPadding(input, window, (map) => depthwiseFilterGradient(tf, map, filterShape, gradient, window)),
    biasAdd: (input, bias) => tf.add(input, bias),
    biasGradient: (gradient) => tidy(() => channelSum(gradient)),

    batchNormTrain: (input, scale, offset, running, momentum, rectified = false) => {
      const [output, runningMean, runningVariance, mean, inverse] = tidy(() => {
        const { mean, variance } = tf.moments(input, everyAxisButLast(input))
        const inverse = inverseDeviation(variance)
        const count = positions(input)
        const unbiased = tf.mul(variance, count / Math.max(1, count - 1))
        const normalised = tf.add(tf.mul(tf.sub(input, mean), tf.mul(inverse, scale)), offset)
        return [
          rectified ? tf.relu(normalised) : normalised,
          blend(running.mean, mean, momentum),
          blend(running.variance, unbiased, momentum),
          mean,
          inverse,
        ]
      })
      return { output: output!, runningMean: runningMean!, runningVariance: runningVariance!, saved: [mean!, inverse!] }
    },
    batchNormTrainGradient: (gradient, input, scale, [mean, inverse]) =>
      tidy(() => {
        const normalised = tf.mul(tf.sub(input, mean!), inverse!)
        const offset = channelSum(gradient)
        const scaleGradient = channelSum(tf.mul(gradient, normalised))
        const count = positions(input)
        const centred = tf.sub(gradient, tf.div(tf.add(offset, tf.mul(normalised, scaleGradient)), count))
        return { input: tf.mul(centred, tf.mul(scale, inverse!)), scale: scaleGradient, offset }
      }),
    batchNormEval: (input, scale, offset, { mean, variance }, rectified = false) =>
      tidy(() => {
        const normalised = tf.batchNorm(
          input,
          mean as TensorFlow.Tensor1D,
          variance as TensorFlow.Tensor1D,
          offset as TensorFlow.Tensor1D,
          scale as TensorFlow.Tensor1D,
          bnEpsilon,
        )
        return rectified ? tf.relu(normalised) : normalised
      }),
    batchNormEvalGradient: (gradient, input, scale, { mean, variance }: BatchNormStatistics): BatchNormGradients =>
      tidy(() => {
        const inverse = inverseDeviation(variance)
        const normalised = tf.mul(tf.sub(input, mean), inverse)
        return {
          input: tf.mul(gradient, tf.mul(scale, inverse)),
          scale: channelSum(tf.mul(gradient, normalised)),
          offset: channelSum(gradient),
        }
      }),

    relu: (input, max) => (max === 6 ? tf.relu6(input) : tf.relu(input)),
    reluGradient: (gradient, output, max) =>
      tidy(() => {
        const open = tf.mul(gradient, tf.step(output))
        return max === 6 ? tf.mul(open, tf.step(tf.sub(6, output))) : open
      }),
    maxPool,
    maxPoolTrain: (input, window) => ({ output: maxPool(input, window), saved: [] }),
    maxPoolGradient: (gradient, input, output, _, window) => {
      const run = (map: Tensor): Tensor =>
        tf.engine().runKernel('MaxPoolGrad', { dy: gradient, input: map, output }, poolAttributes(window)) as Tensor
      if (!isPadded(window)) return run(input)
      return tidy(() => cut(run(padded(input, window.padding, Number.NEGATIVE_INFINITY)), input.shape, window))
    },
    avgPool: (input, window) =>
      withPadding(input, window, (map) => tf.avgPool(map, [...window.kernel], strideOf(window), 'valid')),
    avgPoolGradient: (gradient, inputShape, window) =>
      tidy(() => {
        const [rows, columns] = window.kernel
        const share = tf.fill([rows, columns, gradient.shape[3]!, 1], 1 / (rows * columns))
        return inputGradient(inputShape, window, (shape) => depthwiseInputGradient(tf, shape, share, gradient, window))
      }),
    globalMean: (input) => tf.mean(input, [1, 2], true),
    globalMeanGradient: (gradient, inputShape) =>
      tidy(() => tf.broadcastTo(tf.div(gradient, inputShape[1]! * inputShape[2]!) as Tensor, inputShape as number[])),
    concat: (inputs) => tf.concat(inputs as Tensor[], 3),
    sliceChannels: (input, start, count) =>
      tf.slice(input, [0, 0, 0, start], [...(input.shape.slice(0, 3) as number[]), count]),

    matMul: (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeA, transposeB),
    add: (a, b) => tf.add(a, b),
    subtract: (a, b) => tf.sub(a, b),
    reshape: (input, shape) => tf.reshape(input, shape as number[]),
    channelsFirst: (input) => tf.transpose(input, [0, 3, 1, 2]),
    channelsLast: (input) => tf.transpose(input, [0, 2, 3, 1]),

    crossEntropyGradient: (logits, labels, scale) =>
      tidy(() => {
        const targets = tf.oneHot(tf.tensor1d(labels, 'int32'), logits.shape[1]!)
        return tf.mul(tf.sub(tf.softmax(logits), targets), scale)
      }),
    taylorSum: (activation, gradient) =>
      tidy(() => {
        const spatial = Array.from({ length: activation.shape.length - 2 }, (_, axis) => axis + 1)
        const means = tf.mean(tf.mul(activation, gradient), spatial)
        return { absolute: tf.sum(tf.abs(means), 0) as Tensor, signed: tf.sum(means, 0) as Tensor }
      }),
  }
}

const everyAxisButLast = (input: Tensor): number[] => Array.from({ length: input.shape.length - 1 }, (_, axis) => axis)
