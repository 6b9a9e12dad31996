/**
 * An independent reference: every layer as the loop of its definition, in double precision, NCHW. Slow and plain on
 * purpose; nothing of the program's numeric code is used.
 */
import type { DilatedLayer, Layer } from '#common/network/graph.ts'
import type { Model, Weights } from '#common/network/weights.ts'
import { referenceActivation, referenceCodec } from './referenceCodec.ts'

interface Map3 {
  channels: number
  height: number
  width: number
  data: Float64Array
}

/** Outputs of all layers for one image [H, W, 3] uint8. */
export function referenceOutputs({ network, weights }: Model, image: Uint8Array): Map<string, Map3> {
  const outputs = new Map<string, Map3>()
  for (const layer of network.layers) {
    if (layer.op === 'input') {
      const { channels, height, width } = layer
      const map = emptyMap(channels, height, width)
      for (let c = 0; c < channels; c++) {
        for (let at = 0; at < height * width; at++) {
          map.data[c * height * width + at] = (image[at * channels + c] / 255 - network.mean[c]) / network.std[c]
        }
      }
      outputs.set(layer.name, map)
    } else {
      outputs.set(
        layer.name,
        referenceLayer(
          layer,
          layer.inputs.map((name) => outputs.get(name)!),
          weights,
        ),
      )
    }
  }
  return outputs
}

/** Outputs of the layers after `cut` when its output is `features` (one image, NCHW). */
export function referenceTail({ network, weights }: Model, cut: string, features: Map3): Map3 {
  const outputs = new Map([[cut, features]])
  const after = network.layers.findIndex((layer) => layer.name === cut) + 1
  let last = features
  for (const layer of network.layers.slice(after)) {
    last = referenceLayer(
      layer,
      layer.inputs.map((name) => outputs.get(name)!),
      weights,
    )
    outputs.set(layer.name, last)
  }
  return last
}

const emptyMap = (channels: number, height: number, width: number): Map3 => ({
  channels,
  height,
  width,
  data: new Float64Array(channels * height * width),
})

/** Every window's elements that lie inside of the map, as [row, column, index in the window]. */
function slide(
  layer: DilatedLayer,
  { height, width }: Map3,
  channels: number,
  value: (channel: number, elements: [number, number, number][], window: number) => number,
): Map3 {
  const [rows, columns] = typeof layer.kernel === 'number' ? [layer.kernel, layer.kernel] : layer.kernel
  const [down, across] = typeof layer.stride === 'number' ? [layer.stride, layer.stride] : layer.stride
  const { dilation = 1, padding = 0 } = layer
  const [tall, wide] = typeof dilation === 'number' ? [dilation, dilation] : dilation
  const [top, left, bottom, right] = typeof padding === 'number' ? [padding, padding, padding, padding] : padding
  const out = emptyMap(
    channels,
    Math.floor((height + top + bottom - tall * (rows - 1) - 1) / down) + 1,
    Math.floor((width + left + right - wide * (columns - 1) - 1) / across) + 1,
  )
  for (let y = 0; y < out.height; y++) {
    for (let x = 0; x < out.width; x++) {
      const elements: [number, number, number][] = []
      for (let k = 0; k < rows * columns; k++) {
        const [iy, ix] = [y * down + tall * Math.floor(k / columns) - top, x * across + wide * (k % columns) - left]
        if (iy >= 0 && ix >= 0 && iy < height && ix < width) elements.push([iy, ix, k])
      }
      for (let c = 0; c < channels; c++) {
        out.data[(c * out.height + y) * out.width + x] = value(c, elements, rows * columns)
      }
    }
  }
  return out
}

function referenceLayer(layer: Layer, inputs: Map3[], weights: Weights): Map3 {
  const [from] = inputs
  const { channels, height, width, data } = from
  const at = (c: number, y: number, x: number): number => data[(c * height + y) * width + x]
  const tensor = (suffix: string): Float32Array => weights.get(`${layer.name}.${suffix}`)!
  switch (layer.op) {
    case 'input':
      return from
    case 'conv':
      return slide(layer, from, layer.filters, (f, elements, area) => {
        const weight = tensor('weight')
        let sum = layer.bias ? tensor('bias')[f] : 0
        const block = channels / (layer.groups ?? 1)
        const first = block * Math.floor((f * (layer.groups ?? 1)) / layer.filters)
        for (let c = 0; c < block; c++) {
          for (const [y, x, k] of elements) sum += at(first + c, y, x) * weight[(f * block + c) * area + k]
        }
        return sum
      })
    case 'depthwise':
      return slide(layer, from, channels, (c, elements, area) => {
        const start = layer.bias ? tensor('bias')[c] : 0
        return elements.reduce((sum, [y, x, k]) => sum + at(c, y, x) * tensor('weight')[c * area + k], start)
      })
    case 'batchnorm': {
      const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(tensor)
      const out = emptyMap(channels, height, width)
      for (let i = 0; i < data.length; i++) {
        const c = Math.floor(i / (height * width))
        out.data[i] = ((data[i] - mean[c]) / Math.sqrt(variance[c] + 1e-5)) * weight[c] + bias[c]
      }
      return out
    }
    case 'relu':
      return { ...from, data: data.map((value) => Math.min(Math.max(value, 0), layer.max ?? Number.POSITIVE_INFINITY)) }
    case 'activation':
      return { ...from, data: data.map((value) => referenceActivation(layer.kind, value)) }
    case 'multiply': {
      const [, factors] = inputs
      const each = data.length / factors.data.length
      return { ...from, data: data.map((value, i) => value * factors.data[Math.floor(i / each)]) }
    }
    case 'select': {
      const out = emptyMap(layer.channels.length, height, width)
      for (const [to, c] of layer.channels.entries()) {
        out.data.set(data.subarray(c * height * width, (c + 1) * height * width), to * height * width)
      }
      return out
    }
    case 'maxpool':
      return slide(layer, from, channels, (c, elements) => Math.max(...elements.map(([y, x]) => at(c, y, x))))
    case 'avgpool':
      return slide(
        layer,
        from,
        channels,
        (c, elements, area) => elements.reduce((sum, [y, x]) => sum + at(c, y, x), 0) / area,
      )
    case 'adaptivepool': {
      const out = emptyMap(channels, 1, 1)
      for (let c = 0; c < channels; c++) {
        const part = data.subarray(c * height * width, (c + 1) * height * width)
        out.data[c] = part.reduce((sum, value) => sum + value, 0) / part.length
      }
      return out
    }
    case 'add':
      return { ...from, data: data.map((_, i) => inputs.reduce((sum, input) => sum + input.data[i], 0)) }
    case 'concat':
      return {
        ...from,
        channels: inputs.reduce((sum, input) => sum + input.channels, 0),
        data: Float64Array.from(inputs.flatMap((input) => [...input.data])),
      }
    case 'flatten':
      return { channels: data.length, height: 1, width: 1, data }
    case 'dense': {
      const out = emptyMap(layer.outputs, 1, 1)
      for (let o = 0; o < layer.outputs; o++) {
        let sum = tensor('bias')[o]
        for (let i = 0; i < data.length; i++) sum += data[i] * tensor('weight')[o * data.length + i]
        out.data[o] = sum
      }
      return out
    }
    default: {
      const { shape, data: found } = referenceCodec(layer, { shape: [1, channels, height, width], data }, tensor)
      return { channels: shape[1], height: shape[2], width: shape[3], data: found }
    }
  }
}
