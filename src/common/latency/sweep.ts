import type { FeatureShape, Layer } from '../network/graph.ts'
import { inferShapes } from '../network/shapes.ts'
import type { Random } from '../random.ts'
import { random } from '../random.ts'
import type { LayerKind, LayerWork } from './regressors.ts'
import { layerWork } from './regressors.ts'

/** One layer alone, as a calibration times it. Shapes of one image. */
export interface SyntheticLayer {
  /** "conv 16→32, 3×3, stride 1, 16×16". */
  title: string
  layer: Layer
  input: FeatureShape
  output: FeatureShape
  work: LayerWork
}

/** Layers per kind: most for those that networks spend their time in. */
const counts: Record<LayerKind, number> = { conv: 32, depthwise: 12, pooling: 12, dense: 12, elementwise: 8 }

/** Bounds that keep a layer, its file and its time small enough for a board. */
const limits = { macs: 2e7, weights: 300_000, elements: 65_536 } as const

/**
 * Layers whose configurations cover what networks for small images have, drawn log-uniformly: the fit is then no better
 * for one corner than for another. The same for every device and seed, so that calibrations can be compared.
 */
export function calibrationLayers(seed: number): SyntheticLayer[] {
  const draw = random(seed, 'calibration')
  return (Object.keys(counts) as LayerKind[]).flatMap((kind) => {
    const layers: SyntheticLayer[] = []
    const titles = new Set<string>()
    while (layers.length < counts[kind]) {
      const one = drawLayer(kind, draw)
      if (!one || titles.has(one.title)) continue
      titles.add(one.title)
      layers.push(one)
    }
    return layers
  })
}

const pick = <T>(draw: Random, values: readonly T[]): T => values[draw.below(values.length)]!
const base = { name: 'layer', unit: 'layer', inputs: ['input'] } as const

function drawLayer(kind: LayerKind, draw: Random): SyntheticLayer | null {
  const channels = pick(draw, [3, 8, 16, 32, 64, 128, 256])
  const side = pick(draw, [2, 4, 8, 16, 32])
  const stride = pick(draw, [1, 1, 2])
  const kernel = pick(draw, kind === 'pooling' ? [2, 3] : [1, 3, 3, 5])
  const filters = pick(draw, [8, 16, 32, 64, 128, 256])
  const padding = Math.floor(kernel / 2)
  const square = `${side}×${side}`
  const input = { channels, height: side, width: side }
  switch (kind) {
    case 'conv':
      return synthetic(
        `conv ${channels}→${filters}, ${kernel}×${kernel}, stride ${stride}, ${square}`,
        { ...base, op: 'conv', filters, kernel, stride, padding, bias: true },
        input,
        channels * filters * kernel ** 2,
      )
    case 'depthwise':
      return synthetic(
        `depthwise ${channels}, ${kernel}×${kernel}, stride ${stride}, ${square}`,
        { ...base, op: 'depthwise', kernel, stride, padding, bias: true },
        input,
        channels * kernel ** 2,
      )
    case 'pooling':
      if (kernel > side) return null
      return synthetic(
        `maxpool ${channels}, ${kernel}×${kernel}, ${square}`,
        { ...base, op: 'maxpool', kernel, stride: 2 },
        input,
        0,
      )
    case 'dense': {
      const inputs = pick(draw, [64, 128, 256, 512, 1024, 2048, 4096])
      const outputs = pick(draw, [10, 32, 100, 256, 512])
      const vector = { channels: inputs, height: 1, width: 1 }
      return synthetic(`dense ${inputs}→${outputs}`, { ...base, op: 'dense', outputs }, vector, inputs * outputs)
    }
    case 'elementwise':
      return synthetic(`relu ${channels}, ${square}`, { ...base, op: 'relu' }, input, 0)
  }
}

function synthetic(title: string, layer: Layer, input: FeatureShape, weights: number): SyntheticLayer | null {
  const network = {
    name: 'calibration',
    width: 1,
    classes: 1,
    mean: [],
    std: [],
    layers: [{ name: 'input', unit: 'input', op: 'input' as const, inputs: [], ...input }, layer],
  }
  const output = inferShapes(network).get(layer.name)!
  const work = layerWork(layer, input, output)
  const elements = Math.max(...[input, output].map(({ channels, height, width }) => channels * height * width))
  const macs = work?.features.at(-1) ?? 0
  if (!work || weights > limits.weights || elements > limits.elements || macs > limits.macs) return null
  return { title, layer, input, output, work }
}
