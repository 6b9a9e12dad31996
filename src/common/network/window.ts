import type { DilatedLayer } from './graph.ts'

/** [height, width]. */
export type Pair = readonly [number, number]
/** Zeros (for a max-pool: nothing) around a map: [top, left, bottom, right], in ONNX' order. */
export type Sides = readonly [number, number, number, number]

/** A window over a map with everything said. */
export interface Window {
  kernel: Pair
  stride: Pair
  padding: Sides
}

/** A window as it lies on a map, with the gaps between the elements of its kernel. */
export interface LayerWindow extends Window {
  dilation: Pair
}

const pairOf = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value)

/** A layer's window with its defaults filled in: a single number is meant for both axes and all sides. */
export function windowOf({ kernel, stride, padding = 0, dilation = 1 }: DilatedLayer): LayerWindow {
  return {
    kernel: pairOf(kernel),
    stride: pairOf(stride),
    padding: typeof padding === 'number' ? [padding, padding, padding, padding] : padding,
    dilation: pairOf(dilation),
  }
}

/** The window that covers the same positions without gaps: its kernel has zeros in between. */
export const spreadWindow = ({ kernel, stride, padding, dilation }: LayerWindow): Window => ({
  kernel: [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1],
  stride,
  padding,
})

export const isDilated = ({ kernel, dilation }: LayerWindow): boolean =>
  dilation.some((step, axis) => step !== 1 && kernel[axis] !== 1)

/** Rows or columns (`axis` 0 or 1) of the output; what does not fill a window is left out. */
export function windowExtent(extent: number, { kernel, stride, padding }: Window, axis: 0 | 1): number {
  return Math.floor((extent + padding[axis] + padding[axis + 2]! - kernel[axis]) / stride[axis]) + 1
}

export const isPadded = ({ padding }: Pick<Window, 'padding'>): boolean => padding.some((count) => count > 0)
