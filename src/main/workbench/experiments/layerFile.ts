import { checkTensors } from '#common/contract/inference.ts'
import type { Split } from '#common/contract/split.ts'
import { GraphWriter } from '#common/formats/onnx/graph.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'
import type { SyntheticLayer } from '#common/latency/sweep.ts'
import { windowOf } from '#common/network/window.ts'
import { random } from '#common/random.ts'

/** Name of the layer's output in the file: its operator is recognised by it in a profile. */
export const layerOutput = 'features'

const images = 2
const noNormalisation = { mean: [0], std: [1] }

/** An ONNX file of one layer behind the conversion of a uint8 image, with the check data and split that an agent wants. */
export function layerFiles({ title, layer, input, output }: SyntheticLayer): {
  model: Uint8Array<ArrayBuffer>
  check: Uint8Array<ArrayBuffer>
  split: Split
} {
  const draw = random(1, 'calibration', title)
  const numbers = (shape: number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw.normal() / 10)
  const graph = new GraphWriter()
  const constant = (name: string, shape: number[]): string => graph.constant(name, shape, numbers(shape))
  graph.node('Cast', ['image'], '/input', { to: 1 })
  const flat = layer.op === 'dense'
  switch (layer.op) {
    case 'conv':
    case 'depthwise': {
      const { kernel, stride, padding } = windowOf(layer)
      const outputs = output.channels
      const weight = constant('weight', [outputs, layer.op === 'conv' ? input.channels : 1, ...kernel])
      graph.node('Conv', ['/input', weight, constant('bias', [outputs])], layerOutput, {
        kernel_shape: kernel,
        strides: stride,
        pads: padding,
        ...(layer.op === 'depthwise' ? { group: outputs } : {}),
      })
      break
    }
    case 'maxpool': {
      const { kernel, stride } = windowOf(layer)
      graph.node('MaxPool', ['/input'], layerOutput, { kernel_shape: kernel, strides: stride })
      break
    }
    case 'dense': {
      graph.node('Flatten', ['/input'], '/flat', { axis: 1 })
      const weight = constant('weight', [layer.outputs, input.channels])
      graph.node('Gemm', ['/flat', weight, constant('bias', [layer.outputs])], layerOutput, { transB: 1 })
      break
    }
    case 'relu':
      graph.node('Relu', ['/input'], layerOutput)
      break
    default:
      throw new Error(`a calibration has no layer of the kind ${layer.op}`)
  }
  const shape = flat ? [output.channels] : [output.channels, output.height, output.width]
  const count = shape.reduce((a, b) => a * b, 1)
  const pixels = [input.channels, input.height, input.width]
  const check = encodeSafetensors([
    [
      checkTensors.images,
      {
        shape: [images, ...pixels],
        data: Uint8Array.from({ length: images * pixels.reduce((a, b) => a * b, 1) }, () => draw.below(256)),
      },
    ],
    [checkTensors.features, { shape: [images, ...shape], data: new Float32Array(images * count) }],
    [checkTensors.logits, { shape: [images, 1], data: new Float32Array(images) }],
  ])
  const split: Split = {
    protocol: 1,
    framework: 'calibration',
    partitionPoint: 'layer',
    features: { type: 'float32', shape, scale: null, offset: null },
    bits: 32,
    packing: 'raw',
    tiling: 'none',
    compressor: 'none',
    lossy: false,
    channel: { kind: 'ideal' },
    header: 16,
    ...noNormalisation,
    classes: 1,
  }
  const image = { name: 'image', type: 'uint8' as const, shape: pixels }
  return { model: graph.finish('layer', image, { name: layerOutput, type: 'float32', shape }), check, split }
}
