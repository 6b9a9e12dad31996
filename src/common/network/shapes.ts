import type { FeatureShape, Layer, Network } from './graph.ts'

/** Output shape of one layer for given input shapes. Throws where the graph is inconsistent, naming the layer. */
export function outputShape(layer: Layer, input: FeatureShape | undefined): FeatureShape {
  if (layer.op === 'input') return { channels: layer.channels, height: layer.height, width: layer.width }
  if (!input) throw new Error(`layer "${layer.name}" reads a layer that does not come before it`)
  switch (layer.op) {
    case 'conv': {
      const size = (extent: number) => Math.floor((extent + 2 * layer.padding - layer.kernel) / layer.stride) + 1
      return positive(layer, { channels: layer.filters, height: size(input.height), width: size(input.width) })
    }
    case 'maxpool': {
      const size = (extent: number) => Math.floor((extent - layer.kernel) / layer.stride) + 1
      return positive(layer, { channels: input.channels, height: size(input.height), width: size(input.width) })
    }
    case 'flatten':
      return { channels: input.channels * input.height * input.width, height: 1, width: 1 }
    case 'dense':
      return { channels: layer.outputs, height: 1, width: 1 }
    case 'batchnorm':
    case 'relu':
      return input
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
    shapes.set(layer.name, outputShape(layer, layer.inputs[0] === undefined ? undefined : shapes.get(layer.inputs[0])))
  }
  return shapes
}

export const elements = (shape: FeatureShape): number => shape.channels * shape.height * shape.width
