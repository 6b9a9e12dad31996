import type * as TensorFlow from '@tensorflow/tfjs'
import { bnEpsilon } from '#common/network/graph.ts'
import type { BatchNormGradients, BatchNormStatistics, Kernels, Tensor, Window } from '../kernels.ts'
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
  const convAttributes = ({ stride, padding }: Window) => ({
    strides: [stride, stride],
    pad: padding,
    dataFormat: 'NHWC',
    dimRoundingMode: 'floor',
  })

  return {
    upload: (values, shape) => tf.tensor(values.slice(), shape as number[]),
    parameter: (values, shape) => new PortableParameter(tf, values, shape),
    beginUpdate: (rule) => beginUpdate(tf, rule),
    scope: tidy,
    keep: (tensor) => tf.keep(tensor),

    normalise: (images, shape, mean, std) => {
      const values = new Float32Array(images.length)
      const channels = mean.length
      for (let at = 0; at < values.length; at++) {
        const channel = at % channels
        values[at] = (images[at]! / 255 - mean[channel]!) / std[channel]!
      }
      return tf.tensor(values, shape as number[])
    },

    conv: (input, filter, { stride, padding }) =>
      tf.conv2d(input as TensorFlow.Tensor4D, filter as TensorFlow.Tensor4D, stride, padding, 'NHWC', [1, 1], 'floor'),
    convInputGradient: (inputShape, filter, gradient, window) =>
      tf.engine().runKernel(
        'Conv2DBackpropInput',
        { dy: gradient, filter },
        {
          ...convAttributes(window),
          inputShape: inputShape as number[],
        },
      ) as Tensor,
    convFilterGradient: (input, filterShape, gradient, window) =>
      tf.engine().runKernel(
        'Conv2DBackpropFilter',
        { x: input, dy: gradient },
        {
          ...convAttributes(window),
          filterShape: filterShape as number[],
        },
      ) as Tensor,
    biasAdd: (input, bias) => tf.add(input, bias),
    biasGradient: (gradient) => tidy(() => channelSum(gradient)),

    batchNormTrain: (input, scale, offset, running, momentum) => {
      const [output, runningMean, runningVariance, mean, inverse] = tidy(() => {
        const { mean, variance } = tf.moments(input, everyAxisButLast(input))
        const inverse = inverseDeviation(variance)
        const count = positions(input)
        const unbiased = tf.mul(variance, count / Math.max(1, count - 1))
        return [
          tf.add(tf.mul(tf.sub(input, mean), tf.mul(inverse, scale)), offset),
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
    batchNormEval: (input, scale, offset, { mean, variance }) =>
      tf.batchNorm(
        input,
        mean as TensorFlow.Tensor1D,
        variance as TensorFlow.Tensor1D,
        offset as TensorFlow.Tensor1D,
        scale as TensorFlow.Tensor1D,
        bnEpsilon,
      ),
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

    relu: (input) => tf.relu(input),
    reluGradient: (gradient, output) => tidy(() => tf.mul(gradient, tf.step(output))),
    maxPool: (input, { kernel, stride }) => tf.maxPool(input as TensorFlow.Tensor4D, kernel, stride, 'valid'),
    maxPoolGradient: (gradient, input, output, { kernel, stride }) =>
      tf.engine().runKernel(
        'MaxPoolGrad',
        { dy: gradient, input, output },
        {
          filterSize: [kernel, kernel],
          strides: [stride, stride],
          pad: 'valid',
        },
      ) as Tensor,

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
        return tf.sum(tf.abs(tf.mean(tf.mul(activation, gradient), spatial)), 0)
      }),
  }
}

const everyAxisButLast = (input: Tensor): number[] => Array.from({ length: input.shape.length - 1 }, (_, axis) => axis)
