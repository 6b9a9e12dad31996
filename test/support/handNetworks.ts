import type { Layer, Network } from '#common/network/graph.ts'

/** A VGG in small: two convolutions with normalisation, a pool, a dense layer; 8×8 images. */
export function toyNetwork({ size = 8, classes = 4, filters = 6 } = {}): Network {
  const layers: Layer[] = [
    { name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: size, width: size },
  ]
  const last = (): [string] => [layers.at(-1)!.name]
  for (const unit of ['conv1', 'conv2']) {
    layers.push({ name: unit, unit, op: 'conv', inputs: last(), filters, kernel: 3, stride: 1, padding: 1, bias: true })
    layers.push({ name: `${unit}.bn`, unit, op: 'batchnorm', inputs: last() })
    layers.push({ name: `${unit}.relu`, unit, op: 'relu', inputs: last() })
  }
  layers.push({ name: 'pool1', unit: 'pool1', op: 'maxpool', inputs: last(), kernel: 2, stride: 2 })
  layers.push({ name: 'flatten', unit: 'fc', op: 'flatten', inputs: last() })
  layers.push({ name: 'fc', unit: 'fc', op: 'dense', inputs: last(), outputs: classes })
  return { name: 'toy', width: 1, classes, mean: [0.5, 0.45, 0.4], std: [0.25, 0.2, 0.3], layers }
}
