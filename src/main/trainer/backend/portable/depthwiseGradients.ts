import type * as TensorFlow from '@tensorflow/tfjs'
import type { Window } from '#common/network/window.ts'
import type { Tensor } from '../kernels.ts'

type Tf = typeof TensorFlow

/**
 * Gradients of a depthwise convolution without padding, out of slices, sums and paddings, which every tfjs backend has:
 * WebAssembly has no kernel of its own for them. One term per element of the window.
 */
export function depthwiseFilterGradient(
  tf: Tf,
  input: Tensor,
  [rows, columns, channels]: readonly number[],
  gradient: Tensor,
  { stride }: Window,
): Tensor {
  return tf.tidy(() => {
    const terms: Tensor[] = []
    for (let y = 0; y < rows!; y++) {
      for (let x = 0; x < columns!; x++) {
        terms.push(tf.sum(tf.mul(under(tf, input, gradient.shape, [y, x], stride), gradient), [0, 1, 2]))
      }
    }
    return tf.reshape(tf.stack(terms), [rows!, columns!, channels!, 1])
  })
}

/** What element (y, x) of the window sees: [N, H', W', C]. */
function under(
  tf: Tf,
  input: Tensor,
  [count, height, width, channels]: readonly number[],
  [y, x]: readonly [number, number],
  stride: readonly [number, number],
): Tensor {
  return tf.stridedSlice(
    input,
    [0, y, x, 0],
    [count!, y + (height! - 1) * stride[0] + 1, x + (width! - 1) * stride[1] + 1, channels!],
    [1, stride[0], stride[1], 1],
  )
}

export function depthwiseInputGradient(
  tf: Tf,
  [, height, width, channels]: readonly number[],
  filter: Tensor,
  gradient: Tensor,
  { kernel: [rows, columns], stride }: Window,
): Tensor {
  return tf.tidy(() => {
    const spread = spreadOut(tf, gradient as TensorFlow.Tensor4D, stride)
    const [, spreadHeight, spreadWidth] = spread.shape as number[]
    let sum: Tensor | undefined
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const weight = tf.reshape(tf.slice(filter, [y, x, 0, 0], [1, 1, channels!, 1]), [channels!])
        const place: [number, number][] = [
          [0, 0],
          [y, height! - spreadHeight! - y],
          [x, width! - spreadWidth! - x],
          [0, 0],
        ]
        const term = tf.pad(tf.mul(spread, weight), place)
        sum = sum ? tf.add(sum, term) : term
      }
    }
    return sum!
  })
}

/** Zeros between the rows and columns: the map of a convolution with this stride as one of stride 1. */
function spreadOut(tf: Tf, map: TensorFlow.Tensor4D, [down, across]: readonly [number, number]): Tensor {
  if (down === 1 && across === 1) return map
  const [count, height, width, channels] = map.shape
  const blocks = tf.reshape(map, [count * height, 1, width, channels])
  const wide = tf.reshape(
    tf.pad(tf.reshape(blocks, [count * height * width, 1, channels]), [
      [0, 0],
      [0, across - 1],
      [0, 0],
    ]),
    [count * height, 1, width * across, channels],
  )
  const tall = tf.reshape(
    tf.pad(wide, [
      [0, 0],
      [0, down - 1],
      [0, 0],
      [0, 0],
    ]),
    [count, height * down, width * across, channels],
  )
  return tf.slice(tall, [0, 0, 0, 0], [count, (height - 1) * down + 1, (width - 1) * across + 1, channels])
}
