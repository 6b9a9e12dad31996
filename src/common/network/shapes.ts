import { codecOutputShape } from './codecLayers.ts'
import type { ConvLayer, DilatedLayer, FeatureShape, Layer, Network, SelectLayer } from './graph.ts'
import { spreadWindow, windowExtent, windowOf } from './window.ts'

/** Output shape of one layer for given input shapes. Throws where the graph is inconsistent, naming the layer. */
export function outputShape(layer: Layer, inputs: readonly (FeatureShape | undefined)[]): FeatureShape {
  if (layer.op === 'input') return { channels: layer.channels, height: layer.height, width: layer.width }
  const [input] = inputs
  if (!input || inputs.includes(undefined)) {
    throw new Error(`layer "${layer.name}" reads a layer that does not come before it`)
  }
  const slid = (channels: number, window: DilatedLayer): FeatureShape => {
    const full = spreadWindow(windowOf(window))
    return positive(layer, {
      channels,
      height: windowExtent(input.height, full, 0),
      width: windowExtent(input.width, full, 1),
    })
  }
  switch (layer.op) {
    case 'conv':
      assertGroups(layer, input)
      return slid(layer.filters, layer)
    case 'depthwise':
    case 'maxpool':
    case 'avgpool':
      return slid(input.channels, layer)
    case 'adaptivepool':
      return { channels: input.channels, height: layer.height, width: layer.width }
    case 'add':
      assertEqualExtents(layer, inputs as FeatureShape[], true)
      return input
    case 'multiply':
      assertFactors(layer, inputs as FeatureShape[])
      return input
    case 'concat':
      assertEqualExtents(layer, inputs as FeatureShape[], false)
      return { ...input, channels: inputs.reduce((sum, shape) => sum + shape!.channels, 0) }
    case 'select':
      assertChannels(layer, input)
      return { ...input, channels: layer.channels.length }
    case 'flatten':
      return { channels: input.channels * input.height * input.width, height: 1, width: 1 }
    case 'dense':
      return { channels: layer.outputs, height: 1, width: 1 }
    case 'batchnorm':
    case 'relu':
    case 'activation':
      return input
    default:
      return positive(layer, codecOutputShape(layer, input))
  }
}

function assertGroups({ name, filters, groups = 1 }: ConvLayer, { channels }: FeatureShape): void {
  if (channels % groups === 0 && filters % groups === 0) return
  throw new Error(
    `layer "${name}" has ${groups} groups, into which its ${channels} channels and ${filters} filters cannot be shared out`,
  )
}

function assertChannels({ name, channels }: SelectLayer, input: FeatureShape): void {
  const isThere = (channel: number): boolean => channel < input.channels
  if (channels.every(isThere) && new Set(channels).size === channels.length) return
  throw new Error(`layer "${name}" selects channels twice, or others than the ${input.channels} that there are`)
}

const textOf = ({ channels, height, width }: FeatureShape): string => `${channels}×${height}×${width}`

function assertFactors(layer: Layer, [map, factors, ...others]: readonly FeatureShape[]): void {
  const fits =
    factors !== undefined &&
    others.length === 0 &&
    factors.channels === map!.channels &&
    ((factors.height === map!.height && factors.width === map!.width) || (factors.height === 1 && factors.width === 1))
  if (fits) return
  throw new Error(
    `layer "${layer.name}" multiplies maps that do not fit together: "${layer.inputs[0]}" is ${textOf(map!)}, "${layer.inputs[1]}" is ${factors ? textOf(factors) : 'nothing'}`,
  )
}

function assertEqualExtents(layer: Layer, shapes: readonly FeatureShape[], channelsToo: boolean): void {
  const [first, ...others] = shapes
  for (const [index, other] of others.entries()) {
    if (other.height === first!.height && other.width === first!.width) {
      if (!channelsToo || other.channels === first!.channels) continue
    }
    throw new Error(
      `layer "${layer.name}" reads maps that do not fit together: "${layer.inputs[0]}" is ${textOf(first!)}, "${layer.inputs[index + 1]}" is ${textOf(other)}`,
    )
  }
}

function positive(layer: Layer, shape: FeatureShape): FeatureShape {
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1) {
    throw new Error(
      `layer "${layer.name}" would have an empty output (${shape.channels}×${shape.height}×${shape.width})`,
    )
  }
  return shape
}

/** Output shape of every layer by name. */
export function inferShapes(network: Network): Map<string, FeatureShape> {
  const shapes = new Map<string, FeatureShape>()
  for (const layer of network.layers) {
    if (shapes.has(layer.name)) throw new Error(`two layers are named "${layer.name}"`)
    shapes.set(
      layer.name,
      outputShape(
        layer,
        layer.inputs.map((name) => shapes.get(name)),
      ),
    )
  }
  return shapes
}

export const elements = (shape: FeatureShape): number => shape.channels * shape.height * shape.width
