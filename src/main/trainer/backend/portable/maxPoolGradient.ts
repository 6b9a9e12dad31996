import type * as TensorFlow from '@tensorflow/tfjs'
import type { Tensor } from '../kernels.ts'

interface Attributes {
  filterSize: [number, number]
  strides: [number, number]
}

/**
 * tfjs' WebAssembly kernel for the gradient of max-pool is wrong for windows smaller than 3×3 (seen in 4.22: errors as
 * large as the gradients). This one takes its place: windows without padding; of equal maxima the first, row by row,
 * gets the gradient, as in PyTorch.
 */
export function replaceMaxPoolGradient(tf: typeof TensorFlow, backendName: string): void {
  tf.unregisterKernel('MaxPoolGrad', backendName)
  tf.registerKernel({
    kernelName: 'MaxPoolGrad',
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { filterSize, strides } = attrs as unknown as Attributes
      const { input, dy } = inputs as unknown as Record<'input' | 'dy', TensorFlow.TensorInfo>
      const numbers = ({ dataId }: TensorFlow.TensorInfo) =>
        (backend as TensorFlow.KernelBackend).readSync(dataId) as Float32Array
      const values = scatter(numbers(input), input.shape, numbers(dy), dy.shape, filterSize, strides)
      return tf.tensor(values, input.shape) as Tensor
    },
  })
}

function scatter(
  input: Float32Array,
  [count, height, width, channels]: number[],
  gradient: Float32Array,
  [, rows, columns]: number[],
  [kernelRows, kernelColumns]: [number, number],
  [down, across]: [number, number],
): Float32Array {
  const out = new Float32Array(input.length)
  let from = 0
  for (let n = 0; n < count!; n++) {
    for (let y = 0; y < rows!; y++) {
      for (let x = 0; x < columns!; x++) {
        const corner = ((n * height! + y * down) * width! + x * across) * channels!
        for (let c = 0; c < channels!; c++) {
          let best = corner + c
          for (let k = 1; k < kernelRows * kernelColumns; k++) {
            const at = corner + (Math.floor(k / kernelColumns) * width! + (k % kernelColumns)) * channels! + c
            if (input[at]! > input[best]!) best = at
          }
          out[best]! += gradient[from++]!
        }
      }
    }
  }
  return out
}
