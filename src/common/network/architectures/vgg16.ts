import type { Layer, Network } from '../graph.ts'

/** 13 convolutions in five blocks, a 2×2 max-pool after each (frameworks.md §3.1). */
const blocks: readonly (readonly number[])[] = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
]

export interface ArchitectureOptions {
  classes: number
  /** Multiplies every filter count; 1 is the published network. */
  width: number
  /** Side of the square image in pixels. */
  size: number
  mean: readonly number[]
  std: readonly number[]
}

/**
 * VGG16 with batch normalisation and a single dense layer as classifier (the CIFAR form of Shi et al.):
 * 313.20 M MACs and 14.728 M parameters at width 1, 32×32 and 10 classes; convolutions carry biases.
 * Every convolution is 3×3, stride 1, padding 1.
 */
export function vgg16({ classes, width, size, mean, std }: ArchitectureOptions): Network {
  const layers: Layer[] = [
    { name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: size, width: size },
  ]
  const append = (layer: Layer): void => {
    layers.push(layer)
  }
  const previous = (): [string] => [layers[layers.length - 1]!.name]
  let conv = 0
  blocks.forEach((block, index) => {
    for (const filters of block) {
      conv += 1
      const unit = `conv${conv}`
      append({
        name: unit,
        unit,
        op: 'conv',
        inputs: previous(),
        filters: Math.max(1, Math.round(filters * width)),
        kernel: 3,
        stride: 1,
        padding: 1,
        bias: true,
      })
      append({ name: `${unit}.bn`, unit, op: 'batchnorm', inputs: previous() })
      append({ name: `${unit}.relu`, unit, op: 'relu', inputs: previous() })
    }
    const pool = `pool${index + 1}`
    append({ name: pool, unit: pool, op: 'maxpool', inputs: previous(), kernel: 2, stride: 2 })
  })
  append({ name: 'flatten', unit: 'fc', op: 'flatten', inputs: previous() })
  append({ name: 'fc', unit: 'fc', op: 'dense', inputs: previous(), outputs: classes })
  return { name: 'vgg16', width, classes, mean, std, layers }
}
