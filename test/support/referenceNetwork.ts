/**
 * An independent reference: every layer as the loop of its definition, in double precision, NCHW. Slow and plain on
 * purpose; nothing of the program's numeric code is used.
 */
import type { Layer } from '#common/network/graph.ts'
import type { Model, Weights } from '#common/network/weights.ts'

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
    } else outputs.set(layer.name, referenceLayer(layer, outputs.get(layer.inputs[0])!, weights))
  }
  return outputs
}

/** Outputs of the layers after `cut` when its output is `features` (one image, NCHW). */
export function referenceTail({ network, weights }: Model, cut: string, features: Map3): Map3 {
  const outputs = new Map([[cut, features]])
  const after = network.layers.findIndex((layer) => layer.name === cut) + 1
  let last = features
  for (const layer of network.layers.slice(after)) {
    last = referenceLayer(layer, outputs.get(layer.inputs[0])!, weights)
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

function referenceLayer(layer: Layer, from: Map3, weights: Weights): Map3 {
  const { channels, height, width, data } = from
  const at = (c: number, y: number, x: number): number => data[(c * height + y) * width + x]
  const tensor = (suffix: string): Float32Array => weights.get(`${layer.name}.${suffix}`)!
  switch (layer.op) {
    case 'input':
      return from
    case 'conv': {
      const { kernel, stride, padding, filters } = layer
      const out = emptyMap(
        filters,
        Math.floor((height + 2 * padding - kernel) / stride) + 1,
        Math.floor((width + 2 * padding - kernel) / stride) + 1,
      )
      const weight = tensor('weight')
      for (let f = 0; f < filters; f++) {
        for (let y = 0; y < out.height; y++) {
          for (let x = 0; x < out.width; x++) {
            let sum = layer.bias ? tensor('bias')[f] : 0
            for (let c = 0; c < channels; c++) {
              for (let ky = 0; ky < kernel; ky++) {
                for (let kx = 0; kx < kernel; kx++) {
                  const [iy, ix] = [y * stride + ky - padding, x * stride + kx - padding]
                  if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue
                  sum += at(c, iy, ix) * weight[((f * channels + c) * kernel + ky) * kernel + kx]
                }
              }
            }
            out.data[(f * out.height + y) * out.width + x] = sum
          }
        }
      }
      return out
    }
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
      return { ...from, data: data.map((value) => Math.max(value, 0)) }
    case 'maxpool': {
      const { kernel, stride } = layer
      const out = emptyMap(
        channels,
        Math.floor((height - kernel) / stride) + 1,
        Math.floor((width - kernel) / stride) + 1,
      )
      for (let c = 0; c < channels; c++) {
        for (let y = 0; y < out.height; y++) {
          for (let x = 0; x < out.width; x++) {
            let largest = Number.NEGATIVE_INFINITY
            for (let ky = 0; ky < kernel; ky++) {
              for (let kx = 0; kx < kernel; kx++) largest = Math.max(largest, at(c, y * stride + ky, x * stride + kx))
            }
            out.data[(c * out.height + y) * out.width + x] = largest
          }
        }
      }
      return out
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
  }
}
