import type { ConvLayer, DepthwiseLayer } from '#common/network/graph.ts'
import type { LayerWindow, Pair, Window } from '#common/network/window.ts'
import { isDilated, spreadWindow, windowOf } from '#common/network/window.ts'
import type { Kernels, Tensor } from '../backend/kernels.ts'

/** A convolution without its bias: maps NHWC, filters [kH, kW, Cin/groups, Cout] (depthwise [kH, kW, C, 1]). */
export interface Convolution {
  forward(kernels: Kernels, input: Tensor, filter: Tensor): Tensor
  inputGradient(kernels: Kernels, inputShape: readonly number[], filter: Tensor, gradient: Tensor): Tensor
  filterGradient(kernels: Kernels, input: Tensor, filterShape: readonly number[], gradient: Tensor): Tensor
}

/** How a layer slides: with gaps in its kernel, in blocks of channels, or plainly. */
export function convolutionOf(layer: ConvLayer | DepthwiseLayer): Convolution {
  const window = windowOf(layer)
  const plain = layer.op === 'conv' ? plainly(spreadWindow(window)) : perChannel(spreadWindow(window))
  const whole = isDilated(window) ? dilated(plain, window) : plain
  const groups = layer.op === 'conv' ? (layer.groups ?? 1) : 1
  return groups === 1 ? whole : inBlocks(whole, groups)
}

const plainly = (window: Window): Convolution => ({
  forward: (kernels, input, filter) => kernels.conv(input, filter, window),
  inputGradient: (kernels, shape, filter, gradient) => kernels.convInputGradient(shape, filter, gradient, window),
  filterGradient: (kernels, input, shape, gradient) => kernels.convFilterGradient(input, shape, gradient, window),
})

const perChannel = (window: Window): Convolution => ({
  forward: (kernels, input, filter) => kernels.depthwise(input, filter, window),
  inputGradient: (kernels, shape, filter, gradient) => kernels.depthwiseInputGradient(shape, filter, gradient, window),
  filterGradient: (kernels, input, shape, gradient) => kernels.depthwiseFilterGradient(input, shape, gradient, window),
})

/**
 * By a larger kernel with zeros in the gaps: TensorFlow's gradients of dilated convolutions run on graphics cards only. It
 * multiplies more than it had to, which dilated layers are too rare for to matter.
 */
function dilated(inner: Convolution, { kernel, dilation }: LayerWindow): Convolution {
  const { kernel: covered } = spreadWindow({ kernel, dilation, stride: [1, 1], padding: [0, 0, 0, 0] })
  const using = <T>(temporary: Tensor, body: (tensor: Tensor) => T): T => {
    const result = body(temporary)
    temporary.dispose()
    return result
  }
  return {
    forward: (kernels, input, filter) =>
      using(spread(kernels, filter, dilation, covered), (full) => inner.forward(kernels, input, full)),
    inputGradient: (kernels, shape, filter, gradient) =>
      using(spread(kernels, filter, dilation, covered), (full) => inner.inputGradient(kernels, shape, full, gradient)),
    filterGradient: (kernels, input, [, , channels, filters], gradient) =>
      using(inner.filterGradient(kernels, input, [...covered, channels!, filters!], gradient), (full) =>
        kernels.compute((tf) => tf.stridedSlice(full, [0, 0, 0, 0], full.shape, [...dilation, 1, 1])),
      ),
  }
}

/** [kH, kW, …] → the same with zeros between rows and columns. */
const spread = (kernels: Kernels, filter: Tensor, [down, across]: Pair, covered: Pair): Tensor =>
  kernels.compute((tf) => {
    const [rows, columns, channels, filters] = filter.shape as [number, number, number, number]
    const apart = tf.reshape(filter, [rows, 1, columns, channels * filters])
    const tall = tf.reshape(
      tf.pad(apart, [
        [0, 0],
        [0, down - 1],
        [0, 0],
        [0, 0],
      ]),
      [rows * down, columns, 1, channels * filters],
    )
    const wide = tf.reshape(
      tf.pad(tall, [
        [0, 0],
        [0, 0],
        [0, across - 1],
        [0, 0],
      ]),
      [rows * down, columns * across, channels, filters],
    )
    return tf.slice(wide, [0, 0, 0, 0], [...covered, channels, filters])
  })

/** Block by block, the outputs behind one another: TensorFlow has no gradients of convolutions in groups on processors. */
function inBlocks(inner: Convolution, groups: number): Convolution {
  const block = (kernels: Kernels, tensor: Tensor, index: number): Tensor => {
    const size = tensor.shape.at(-1)! / groups
    return kernels.sliceChannels(tensor, index * size, size)
  }
  const joined = (kernels: Kernels, of: (index: number) => { made: Tensor; used: Tensor[] }): Tensor => {
    const parts = Array.from({ length: groups }, (_, index) => of(index))
    const all = kernels.concat(parts.map(({ made }) => made))
    for (const { made, used } of parts) for (const tensor of [made, ...used]) tensor.dispose()
    return all
  }
  return {
    forward: (kernels, input, filter) =>
      joined(kernels, (index) => {
        const used = [input, filter].map((tensor) => block(kernels, tensor, index)) as [Tensor, Tensor]
        return { made: inner.forward(kernels, ...used), used }
      }),
    inputGradient: (kernels, shape, filter, gradient) =>
      joined(kernels, (index) => {
        const used = [filter, gradient].map((tensor) => block(kernels, tensor, index)) as [Tensor, Tensor]
        return { made: inner.inputGradient(kernels, [...shape.slice(0, 3), shape[3]! / groups], ...used), used }
      }),
    filterGradient: (kernels, input, shape, gradient) =>
      joined(kernels, (index) => {
        const used = [input, gradient].map((tensor) => block(kernels, tensor, index)) as [Tensor, Tensor]
        const [map, part] = used
        return { made: inner.filterGradient(kernels, map, [...shape.slice(0, 3), shape[3]! / groups], part), used }
      }),
  }
}
