import type { CodecLayer } from '#common/network/codecLayers.ts'
import { betaMinimum } from '#common/network/codecLayers.ts'
import type { ActivationKind } from '#common/network/graph.ts'

/** Layers of codecs in double precision, NCHW, from their formulas (frameworks.md §§8-12); written apart from src. */
export interface Batch {
  shape: readonly [number, number, number, number]
  data: Float64Array
}
/** Non-linearities from their formulas (graph.ts); written apart from src. */
export const referenceActivation = (kind: ActivationKind, x: number): number => {
  const sigmoid = 1 / (1 + Math.exp(-x))
  const hard = x <= -3 ? 0 : x >= 3 ? 1 : x / 6 + 0.5
  switch (kind) {
    case 'sigmoid':
      return sigmoid
    case 'tanh':
      return Math.tanh(x)
    case 'elu':
      return x > 0 ? x : Math.expm1(x)
    case 'silu':
      return x * sigmoid
    case 'hardsigmoid':
      return hard
    case 'hardswish':
      return x * hard
  }
}

type Get = (suffix: string) => ArrayLike<number>

export function referenceCodec(layer: CodecLayer, { shape, data }: Batch, get: Get): Batch {
  const [count, channels, height, width] = shape
  const area = height * width
  const at = (n: number, c: number, place: number): number => data[(n * channels + c) * area + place]
  const make = (
    [c, h, w]: readonly [number, number, number],
    value: (n: number, c: number, y: number, x: number) => number,
  ): Batch => {
    const out = new Float64Array(count * c * h * w)
    for (let i = 0; i < out.length; i++) {
      const place = i % (h * w)
      out[i] = value(Math.floor(i / (c * h * w)), Math.floor(i / (h * w)) % c, Math.floor(place / w), place % w)
    }
    return { shape: [count, c, h, w], data: out }
  }
  const each = (value: (x: number, n: number, c: number, place: number) => number): Batch =>
    make([channels, height, width], (n, c, y, x) => value(at(n, c, y * width + x), n, c, y * width + x))

  switch (layer.op) {
    case 'prelu':
      return each((x, _n, c) => (x > 0 ? x : x * get('weight')[c]))
    case 'gdn':
      return each((x, n, c, place) => {
        let norm = Math.max(get('bias')[c], betaMinimum)
        for (let j = 0; j < channels; j++) norm += Math.max(get('weight')[c * channels + j], 0) * at(n, j, place) ** 2
        return layer.inverse ? x * Math.sqrt(norm) : x / Math.sqrt(norm)
      })
    case 'power':
      return each((x, n) => {
        let sum = 0
        for (let i = 0; i < channels * area; i++) sum += data[n * channels * area + i] ** 2
        return (x * Math.sqrt(channels * area)) / Math.sqrt(sum)
      })
    case 'condition':
      return make([channels + 1, height, width], (n, c, y, x) => (c < channels ? at(n, c, y * width + x) : layer.level))
    case 'upsample': {
      const { factor } = layer
      return make([channels, height * factor, width * factor], (n, c, y, x) =>
        at(n, c, Math.floor(y / factor) * width + Math.floor(x / factor)),
      )
    }
    case 'transposed': {
      const { kernel, filters } = layer
      return make([filters, height * kernel, width * kernel], (n, f, y, x) => {
        const place = Math.floor(y / kernel) * width + Math.floor(x / kernel)
        const k = (y % kernel) * kernel + (x % kernel)
        let sum = layer.bias ? get('bias')[f] : 0
        for (let c = 0; c < channels; c++) sum += at(n, c, place) * get('weight')[(c * filters + f) * kernel ** 2 + k]
        return sum
      })
    }
    case 'attention': {
      const project = (kind: string, features: number): Batch =>
        make([features, height, width], (n, f, y, x) => {
          let sum = get(`${kind}.bias`)[f]
          for (let c = 0; c < channels; c++) sum += get(`${kind}.weight`)[f * channels + c] * at(n, c, y * width + x)
          return sum
        })
      const [q, k, v] = [project('query', layer.inner), project('key', layer.inner), project('value', channels)]
      const shares = Array.from({ length: count * area }, (_, row) => {
        const [n, i] = [Math.floor(row / area), row % area]
        const scores = Array.from({ length: area }, (_, j) => {
          let sum = 0
          for (let f = n * layer.inner; f < (n + 1) * layer.inner; f++)
            sum += q.data[f * area + i] * k.data[f * area + j]
          return Math.exp(sum)
        })
        const total = scores.reduce((a, b) => a + b, 0)
        return scores.map((score) => score / total)
      })
      return each((x, n, c, i) => {
        const row = shares[n * area + i]
        return (
          x + get('gain')[0] * row.reduce((sum, share, j) => sum + share * v.data[(n * channels + c) * area + j], 0)
        )
      })
    }
    default:
      throw new Error(`no reference for ${layer.op}`)
  }
}
