import type * as TensorFlow from '@tensorflow/tfjs'
import type { Tensor } from '../kernels.ts'

interface Attributes {
  strides: [number, number]
  pad: number
  filterShape: [number, number, number, number]
}

/**
 * The one kernel of a training step that tfjs' WebAssembly backend lacks (tensorflow/tfjs#8474). The gradient for a
 * filter is itself a convolution: the input, with images and channels exchanged, by the output's gradient, spread out
 * by the stride. [C, H, W, N] ∗ [H', W', N, C'] → [C, k, k, C'].
 */
export function registerFilterGradient(tf: typeof TensorFlow, backendName: string): void {
  if (tf.getKernel('Conv2DBackpropFilter', backendName)) return
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, pad, filterShape } = attrs as unknown as Attributes
      return tf.tidy(() => filterGradient(tf, inputs.x as Tensor, inputs.dy as Tensor, strides[0], pad, filterShape))
    },
  })
}

function filterGradient(
  tf: typeof TensorFlow,
  input: Tensor,
  gradient: Tensor,
  stride: number,
  padding: number,
  [kernel, , inputs, outputs]: [number, number, number, number],
): Tensor {
  const image = tf.transpose(input, [3, 1, 2, 0]) as TensorFlow.Tensor4D
  const filter = tf.transpose(gradient, [1, 2, 0, 3]) as TensorFlow.Tensor4D
  const all = tf.conv2d(image, filter, 1, padding, 'NHWC', [stride, stride], 'floor')
  // Rows that the stride never reached give shifts beyond the kernel.
  const within = tf.slice(all, [0, 0, 0, 0], [inputs, kernel, kernel, outputs])
  return tf.transpose(within, [1, 2, 0, 3])
}
