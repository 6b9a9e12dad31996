/**
 * An independent reference for training: the loss of a batch in double precision as the loops of its definition, and
 * gradients by central differences. Nothing of the program's numeric code is used.
 */
import type { DilatedLayer, Layer } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import { referenceActivation, referenceCodec } from './referenceCodec.ts'

export type Doubles = Map<string, Float64Array>

/** [N, C, H, W]. */
interface Maps {
  shape: [number, number, number, number]
  data: Float64Array
}

export const inDoubles = ({ weights }: Model): Doubles =>
  new Map([...weights].map(([name, values]) => [name, Float64Array.from(values)]))

/** Outputs of all layers for NHWC bytes; statistics of the batch in mode "train". */
export function batchOutputs(
  { network }: Pick<Model, 'network'>,
  weights: Doubles,
  images: Uint8Array,
  count: number,
  mode: 'train' | 'eval',
  /** Added to the output of a layer, to differentiate by it. */
  nudge?: { layer: string; at: number; by: number },
): Map<string, Maps> {
  const outputs = new Map<string, Maps>()
  for (const layer of network.layers) {
    const maps =
      layer.op === 'input'
        ? normalised(layer, images, count, network.mean, network.std)
        : run(
            layer,
            layer.inputs.map((name) => outputs.get(name)!),
            weights,
            mode,
          )
    if (nudge?.layer === layer.name) maps.data[nudge.at] += nudge.by
    outputs.set(layer.name, maps)
  }
  return outputs
}

/** Sum of the examples' cross-entropies. */
export function lossSum({ data, shape: [count, classes] }: Maps, labels: ArrayLike<number>): number {
  let sum = 0
  for (let n = 0; n < count; n++) {
    const row = data.subarray(n * classes, (n + 1) * classes)
    sum += Math.log(row.reduce((total, value) => total + Math.exp(value), 0)) - row[labels[n]]
  }
  return sum
}

/** (f(x + h) − f(x − h)) / 2h for one number inside an array. */
export function derivative(values: Float64Array, at: number, f: () => number, h = 1e-6): number {
  const before = values[at]
  values[at] = before + h
  const above = f()
  values[at] = before - h
  const below = f()
  values[at] = before
  return (above - below) / (2 * h)
}

function normalised(
  layer: Extract<Layer, { op: 'input' }>,
  images: Uint8Array,
  count: number,
  mean: readonly number[],
  std: readonly number[],
): Maps {
  const { channels, height, width } = layer
  const maps = zeros([count, channels, height, width])
  images.forEach((value, at) => {
    const c = at % channels
    const position = Math.floor(at / channels)
    const n = Math.floor(position / (height * width))
    maps.data[(n * channels + c) * height * width + (position % (height * width))] = (value / 255 - mean[c]) / std[c]
  })
  return maps
}

const zeros = (shape: Maps['shape']): Maps => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b)) })

/** Every window's elements inside of the map, [place in the map, index in the window], and how many a window has. */
function slide(
  layer: DilatedLayer,
  [count, , height, width]: Maps['shape'],
  channels: number,
  value: (n: number, channel: number, elements: [number, number][], area: number) => number,
): Maps {
  const pair = (one: number | readonly [number, number]) => (typeof one === 'number' ? [one, one] : one)
  const [rows, columns] = pair(layer.kernel)
  const [down, across] = pair(layer.stride)
  const [tall, broad] = pair(layer.dilation ?? 1)
  const padding = layer.padding ?? 0
  const [top, left, bottom, right] = typeof padding === 'number' ? [padding, padding, padding, padding] : padding
  const high = Math.floor((height + top + bottom - tall * (rows - 1) - 1) / down) + 1
  const wide = Math.floor((width + left + right - broad * (columns - 1) - 1) / across) + 1
  return tabulate([count, channels, high, wide], (n, c, y, x) => {
    const elements: [number, number][] = []
    for (let k = 0; k < rows * columns; k++) {
      const [iy, ix] = [y * down + tall * Math.floor(k / columns) - top, x * across + broad * (k % columns) - left]
      if (iy >= 0 && ix >= 0 && iy < height && ix < width) elements.push([iy * width + ix, k])
    }
    return value(n, c, elements, rows * columns)
  })
}

function run(layer: Layer, inputs: Maps[], weights: Doubles, mode: 'train' | 'eval'): Maps {
  const [from] = inputs
  const [count, channels, height, width] = from.shape
  const area = height * width
  const tensor = (suffix: string): Float64Array => weights.get(`${layer.name}.${suffix}`)!
  switch (layer.op) {
    case 'input':
      return from
    case 'conv':
      return slide(layer, from.shape, layer.filters, (n, f, elements, window) => {
        let sum = layer.bias ? tensor('bias')[f] : 0
        const block = channels / (layer.groups ?? 1)
        const first = block * Math.floor((f * (layer.groups ?? 1)) / layer.filters)
        for (let c = 0; c < block; c++) {
          const map = (n * channels + first + c) * area
          for (const [place, k] of elements) {
            sum += from.data[map + place] * tensor('weight')[(f * block + c) * window + k]
          }
        }
        return sum
      })
    case 'depthwise':
      return slide(layer, from.shape, channels, (n, c, elements, window) => {
        let sum = layer.bias ? tensor('bias')[c] : 0
        for (const [place, k] of elements) {
          sum += from.data[(n * channels + c) * area + place] * tensor('weight')[c * window + k]
        }
        return sum
      })
    case 'batchnorm': {
      const result = zeros(from.shape)
      for (let c = 0; c < channels; c++) {
        const places = Array.from(
          { length: count * area },
          (_, i) => (Math.floor(i / area) * channels + c) * area + (i % area),
        )
        let [mean, variance] = [tensor('running_mean')[c], tensor('running_var')[c]]
        if (mode === 'train') {
          mean = places.reduce((sum, at) => sum + from.data[at], 0) / places.length
          variance = places.reduce((sum, at) => sum + (from.data[at] - mean) ** 2, 0) / places.length
        }
        for (const at of places) {
          result.data[at] =
            ((from.data[at] - mean) / Math.sqrt(variance + 1e-5)) * tensor('weight')[c] + tensor('bias')[c]
        }
      }
      return result
    }
    case 'relu':
      return {
        ...from,
        data: from.data.map((value) => Math.min(Math.max(0, value), layer.max ?? Number.POSITIVE_INFINITY)),
      }
    case 'activation':
      return { ...from, data: from.data.map((value) => referenceActivation(layer.kind, value)) }
    case 'multiply': {
      const [, factors] = inputs
      const each = from.data.length / factors.data.length
      return { ...from, data: from.data.map((value, i) => value * factors.data[Math.floor(i / each)]) }
    }
    case 'select':
      return tabulate([count, layer.channels.length, height, width], (n, c, y, x) => {
        return from.data[((n * channels + layer.channels[c]) * height + y) * width + x]
      })
    case 'maxpool':
      return slide(layer, from.shape, channels, (n, c, elements) =>
        Math.max(...elements.map(([place]) => from.data[(n * channels + c) * area + place])),
      )
    case 'avgpool':
      return slide(
        layer,
        from.shape,
        channels,
        (n, c, elements, window) =>
          elements.reduce((sum, [place]) => sum + from.data[(n * channels + c) * area + place], 0) / window,
      )
    case 'adaptivepool':
      return tabulate([count, channels, 1, 1], (n, c) => {
        const map = (n * channels + c) * area
        return from.data.subarray(map, map + area).reduce((sum, value) => sum + value, 0) / area
      })
    case 'add':
      return { ...from, data: from.data.map((_, i) => inputs.reduce((sum, input) => sum + input.data[i], 0)) }
    case 'concat': {
      const sizes = inputs.map((input) => input.shape[1])
      return tabulate([count, sizes.reduce((a, b) => a + b), height, width], (n, channel, y, x) => {
        let [index, c] = [0, channel]
        while (c >= sizes[index]) c -= sizes[index++]
        return inputs[index].data[((n * sizes[index] + c) * height + y) * width + x]
      })
    }
    case 'flatten':
      return { shape: [count, channels * area, 1, 1], data: from.data.slice() }
    case 'dense': {
      const inputs = channels * area
      return tabulate([count, layer.outputs, 1, 1], (n, o) => {
        let sum = tensor('bias')[o]
        for (let i = 0; i < inputs; i++) sum += from.data[n * inputs + i] * tensor('weight')[o * inputs + i]
        return sum
      })
    }
    default:
      return referenceCodec(layer, from, tensor) as Maps
  }
}

function tabulate(shape: Maps['shape'], value: (n: number, c: number, y: number, x: number) => number): Maps {
  const result = zeros(shape)
  const [count, channels, height, width] = shape
  let at = 0
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) result.data[at++] = value(n, c, y, x)
    }
  }
  return result
}
