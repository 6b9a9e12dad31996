import type { BatchNormLayer, ConvLayer, DenseLayer, DepthwiseLayer, Layer } from '#common/network/graph.ts'
import { bnEpsilon, consumersOf, layerNamed } from '#common/network/graph.ts'
import type { Model, Weights } from '#common/network/weights.ts'

export type WeightedLayer = ConvLayer | DepthwiseLayer | DenseLayer

export const isWeighted = (layer: Layer): layer is WeightedLayer =>
  layer.op === 'conv' || layer.op === 'depthwise' || layer.op === 'dense'

/**
 * A head (the layers up to and including `last`) in which every batch normalisation that alone reads a convolution or dense
 * layer is part of it: w' = w·γ/√(σ² + ε), b' = β + (b − μ)·γ/√(σ² + ε), per output channel. It lies behind the padding, so
 * that this is exact. The layer then has the normalisation's name: what is known of that layer's output holds for it.
 */
export function foldHead({ network, weights }: Model, last: string): Model {
  const end = network.layers.findIndex(({ name }) => name === last)
  const layers: Layer[] = []
  const folded: Weights = new Map(weights)
  for (const layer of network.layers.slice(0, end + 1)) {
    const before = layer.op === 'batchnorm' ? layerNamed(network, layer.inputs[0]!) : undefined
    if (layer.op === 'batchnorm' && before && isWeighted(before) && consumersOf(network, before.name).length === 1) {
      layers[layers.findIndex(({ name }) => name === before.name)] = scaled(before, layer, folded)
    } else layers.push(layer)
  }
  return { network: { ...network, layers }, weights: folded }
}

/** `layer` as it is before `norm`, its new weights put beside the old ones. */
function scaled(layer: WeightedLayer, norm: BatchNormLayer, weights: Weights): WeightedLayer {
  const of = (name: string): Float32Array => weights.get(`${norm.name}.${name}`)!
  const [gain, shift, mean, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')]
  const [old, oldBias] = [weights.get(`${layer.name}.weight`)!, weights.get(`${layer.name}.bias`)]
  const factors = Float64Array.from(gain, (one, channel) => one / Math.sqrt(variance[channel]! + bnEpsilon))
  const length = old.length / gain.length
  const bias = Float32Array.from(
    gain,
    (_, channel) => shift[channel]! + ((oldBias?.[channel] ?? 0) - mean[channel]!) * factors[channel]!,
  )
  weights.set(
    `${norm.name}.weight`,
    old.map((one, index) => one * factors[Math.floor(index / length)]!),
  )
  weights.set(`${norm.name}.bias`, bias)
  return layer.op === 'dense' ? { ...layer, name: norm.name } : { ...layer, name: norm.name, bias: true }
}
