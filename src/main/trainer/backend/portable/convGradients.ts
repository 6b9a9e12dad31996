import type * as TensorFlow from '@tensorflow/tfjs'
import type { Tensor } from '../kernels.ts'

type Four = [number, number, number, number]

/**
 * Gradients of convolutions for tfjs' WebAssembly backend, made of its convolutions, which are fast. It lacks the one
 * for the filter (tensorflow/tfjs#8474), and its own one for the input takes four to ten times as long (4.22).
 */
export function registerConvGradients(tf: typeof TensorFlow, backendName: string): void {
  const original = tf.getKernel('Conv2DBackpropInput', backendName)
  tf.unregisterKernel('Conv2DBackpropInput', backendName)
  tf.registerKernel({
    ...original,
    kernelFunc: (call) => {
      const { strides, pad } = call.attrs as unknown as { strides: [number, number]; pad: number | 'valid' }
      const { dy, filter } = call.inputs as unknown as { dy: TensorFlow.Tensor4D; filter: TensorFlow.Tensor4D }
      const around = filter.shape[0] - 1 - numberOf(pad)
      const square = filter.shape[0] === filter.shape[1]
      if (strides[0] !== 1 || strides[1] !== 1 || !square || around < 0) return original.kernelFunc(call)
      return tf.tidy(() => inputGradient(tf, dy, filter, around))
    },
  })
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, pad, filterShape } = attrs as unknown as {
        strides: [number, number]
        pad: number | 'valid'
        filterShape: Four
      }
      return tf.tidy(() =>
        filterGradient(tf, inputs.x as Tensor, inputs.dy as Tensor, strides, numberOf(pad), filterShape),
      )
    },
  })
}

const numberOf = (pad: number | 'valid'): number => (pad === 'valid' ? 0 : pad)

/** With stride 1: the output's gradient, padded by k − 1 − p, convolved with the filter turned half-way round. */
function inputGradient(
  tf: typeof TensorFlow,
  gradient: TensorFlow.Tensor4D,
  filter: TensorFlow.Tensor4D,
  padding: number,
): Tensor {
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2])
  return tf.conv2d(gradient, turned, 1, padding, 'NHWC', [1, 1], 'floor')
}

/**
 * The input, with images and channels exchanged, by the output's gradient, spread out by the stride:
 * [C, H, W, N] ∗ [H', W', N, C'] → [C, k, k, C'].
 */
function filterGradient(
  tf: typeof TensorFlow,
  input: Tensor,
  gradient: Tensor,
  strides: [number, number],
  padding: number,
  [rows, columns, inputs, outputs]: Four,
): Tensor {
  const around: [number, number] = [padding, padding]
  const padded = tf.pad4d(input as TensorFlow.Tensor4D, [[0, 0], around, around, [0, 0]])
  const image = tf.transpose(padded, [3, 1, 2, 0]) as TensorFlow.Tensor4D
  const filter = tf.transpose(gradient, [1, 2, 0, 3]) as TensorFlow.Tensor4D
  const all = tf.conv2d(image, filter, 1, 'valid', 'NHWC', strides)
  // Rows that the stride never reached give shifts beyond the kernel.
  const within = tf.slice(all, [0, 0, 0, 0], [inputs, rows, columns, outputs])
  return tf.transpose(within, [1, 2, 0, 3])
}
