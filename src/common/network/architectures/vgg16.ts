import type { Network } from '../graph.ts'
import type { ArchitectureOptions } from './builder.ts'
import { NetworkBuilder } from './builder.ts'

/** 13 convolutions in five blocks, a 2×2 max-pool after each (frameworks.md §3.1). */
const blocks: readonly (readonly number[])[] = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
]

/**
 * VGG16 with batch normalisation and a single dense layer as classifier (the CIFAR form of Shi et al.):
 * 313.20 M MACs and 14.728 M parameters at width 1, 32×32 and 10 classes; convolutions carry biases.
 * Every convolution is 3×3, stride 1, padding 1.
 */
export const vgg16 = (options: ArchitectureOptions): Network => build('vgg16', options, [])

/**
 * VGG16 with the classifier 512-512-classes of Jankowski et al. (frameworks.md §3.1): 313.8 M MACs and 15.30 M
 * parameters at width 1, 32×32 and 100 classes.
 */
export const vgg16Deep = (options: ArchitectureOptions): Network => build('vgg16-512', options, [512, 512])

function build(name: string, options: ArchitectureOptions, hidden: readonly number[]): Network {
  const net = new NetworkBuilder(options)
  let conv = 0
  blocks.forEach((block, index) => {
    for (const filters of block) {
      conv += 1
      const unit = `conv${conv}`
      net.convNorm(unit, unit, { filters: net.filters(filters), kernel: 3, stride: 1, padding: 1, bias: true })
      net.relu(unit, `${unit}.relu`)
    }
    const pool = `pool${index + 1}`
    net.add({ name: pool, unit: pool, op: 'maxpool', inputs: [net.last], kernel: 2, stride: 2 })
  })
  const unitOf = (layer: number): string => (hidden.length === 0 ? 'fc' : `fc${layer}`)
  net.add({ name: 'flatten', unit: unitOf(1), op: 'flatten', inputs: [net.last] })
  hidden.forEach((count, index) => {
    const unit = unitOf(index + 1)
    net.add({ name: unit, unit, op: 'dense', inputs: [net.last], outputs: net.filters(count) })
    net.relu(unit, `${unit}.relu`)
  })
  const unit = unitOf(hidden.length + 1)
  net.add({ name: unit, unit, op: 'dense', inputs: [net.last], outputs: options.classes })
  return net.network(name)
}
