import type { Layer, LayerBase, WindowedLayer } from '#common/network/graph.ts'
import type { Weights } from '#common/network/weights.ts'
import { windowOf } from '#common/network/window.ts'
import type { Affine } from './affine.ts'
import { placeAffine } from './affine.ts'
import type { Arena, Place, Step } from './arena.ts'
import { rowsOf } from './arena.ts'

/** Normalisation and ReLU where they cannot be part of the step before. */
export function affineStep(arena: Arena, input: Place, output: Place, affine: Affine): Step {
  const { prepare, operands } = placeAffine(arena, affine)
  const { channels, height, width } = input
  return {
    prepare,
    run: ({ kernels }) => kernels.rows(rowsOf(output), rowsOf(input), [channels, height, width], operands),
  }
}

/** Calls `visit(y, x, output)` with the upper left corner of the window of every output position. */
function slide(
  layer: WindowedLayer,
  output: Place,
  visit: (top: number, left: number, position: number) => void,
): void {
  const { stride, padding } = windowOf(layer)
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      visit(y * stride[0] - padding[0], x * stride[1] - padding[1], y * output.width + x)
    }
  }
}

/** Convolutions that do not look up (few filters, or one for each channel), with the bias. */
export function convStep(
  layer: LayerBase & WindowedLayer,
  weights: Weights,
  input: Place,
  output: Place,
  depthwise: boolean,
): Step {
  const [height, width] = windowOf(layer).kernel
  const kernel = weights.get(`${layer.name}.weight`)!
  const bias = weights.get(`${layer.name}.bias`)
  const depth = depthwise ? 1 : input.channels
  const [plane, area] = [input.height * input.width, output.height * output.width]
  return {
    run({ f32 }) {
      slide(layer, output, (top, left, position) => {
        for (let o = 0; o < output.channels; o++) {
          let sum = bias?.[o] ?? 0
          for (let i = 0; i < depth; i++) {
            const from = input.address / 4 + (depthwise ? o : i) * plane
            const at = (o * depth + i) * height * width
            for (let ky = Math.max(0, -top); ky < Math.min(height, input.height - top); ky++) {
              for (let kx = Math.max(0, -left); kx < Math.min(width, input.width - left); kx++) {
                sum += kernel[at + ky * width + kx]! * f32[from + (top + ky) * input.width + left + kx]!
              }
            }
          }
          f32[output.address / 4 + o * area + position] = sum
        }
      })
    },
  }
}

/** Dense layers that do not look up, with the bias. */
export function denseStep(layer: LayerBase, weights: Weights, input: Place, output: Place): Step {
  const [matrix, bias] = [weights.get(`${layer.name}.weight`)!, weights.get(`${layer.name}.bias`)!]
  const length = input.channels * input.height * input.width
  return {
    run({ f32 }) {
      for (let o = 0; o < output.channels; o++) {
        let sum = bias[o]!
        for (let i = 0; i < length; i++) sum += matrix[o * length + i]! * f32[input.address / 4 + i]!
        f32[output.address / 4 + o] = sum
      }
    },
  }
}

export function poolStep(layer: Layer & WindowedLayer, input: Place, output: Place): Step {
  const { kernel, stride, padding } = windowOf(layer)
  const most = layer.op === 'maxpool'
  const { channels, height, width } = output
  const whole = input.height === 2 * height && input.width === 2 * width
  if (
    most &&
    whole &&
    [...kernel, ...stride].every((extent) => extent === 2) &&
    padding.every((count) => count === 0)
  ) {
    return { run: ({ kernels }) => kernels.halve(output.address, input.address, channels, height, width) }
  }
  return {
    run({ f32 }) {
      slide(layer, output, (top, left, position) => {
        const [bottom, right] = [Math.min(kernel[0], input.height - top), Math.min(kernel[1], input.width - left)]
        for (let c = 0; c < output.channels; c++) {
          const from = input.address / 4 + c * input.height * input.width
          let value = most ? Number.NEGATIVE_INFINITY : 0
          for (let ky = Math.max(0, -top); ky < bottom; ky++) {
            for (let kx = Math.max(0, -left); kx < right; kx++) {
              const one = f32[from + (top + ky) * input.width + left + kx]!
              value = most ? Math.max(value, one) : value + one
            }
          }
          const to = output.address / 4 + c * output.height * output.width + position
          f32[to] = most ? value : value / (kernel[0] * kernel[1])
        }
      })
    },
  }
}

export function adaptivePoolStep(input: Place, output: Place): Step {
  const [height, width] = [input.height / output.height, input.width / output.width]
  const window = { kernel: [height, width] as const, stride: [height, width] as const }
  return poolStep({ op: 'avgpool', name: '', unit: '', inputs: [''], ...window }, input, output)
}

export const addStep = (inputs: readonly Place[], output: Place): Step => ({
  run({ f32 }) {
    const size = output.channels * output.height * output.width
    for (let i = 0; i < size; i++) {
      let sum = 0
      for (const { address } of inputs) sum += f32[address / 4 + i]!
      f32[output.address / 4 + i] = sum
    }
  },
})

/** Maps behind one another; a flatten is the copy of one. */
export const copyStep = (inputs: readonly Place[], output: Place): Step => ({
  run({ f32 }) {
    let to = output.address / 4
    for (const { address, channels, height, width } of inputs) {
      f32.copyWithin(to, address / 4, address / 4 + channels * height * width)
      to += channels * height * width
    }
  },
})
