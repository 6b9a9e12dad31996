import type { Network } from '../graph.ts'
import type { ArchitectureOptions } from './builder.ts'
import { NetworkBuilder } from './builder.ts'

/** [filters, stride of the first block]; two blocks each. */
const stages = [
  [64, 1],
  [128, 2],
  [256, 2],
  [512, 2],
] as const

/**
 * ResNet18 (He et al. 2016) with the stem for small images: a 3×3 convolution and no max-pool (frameworks.md §3.2):
 * 555.42 M MACs, 11.174 M parameters at width 1, 32×32 and 10 classes. A block is one unit: a cut inside would have to
 * send two tensors.
 */
export function resnet18(options: ArchitectureOptions): Network {
  const net = new NetworkBuilder(options)
  net.convNorm('conv1', 'conv1', { filters: net.filters(64), kernel: 3, stride: 1, padding: 1 })
  net.relu('conv1', 'conv1.relu')
  stages.forEach(([count, firstStride], stage) => {
    for (const block of [0, 1]) {
      basicBlock(net, `layer${stage + 1}.${block}`, net.filters(count), block === 0 ? firstStride : 1)
    }
  })
  net.classifier()
  return net.network('resnet18')
}

/** Two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where the shape changes. */
export function basicBlock(net: NetworkBuilder, unit: string, filters: number, stride: number): void {
  const from = net.last
  net.convNorm(unit, `${unit}.conv1`, { filters, kernel: 3, stride, padding: 1 })
  net.relu(unit, `${unit}.conv1.relu`)
  const main = net.convNorm(unit, `${unit}.conv2`, { filters, kernel: 3, stride: 1, padding: 1 })
  const straight = stride === 1 && net.channels(from) === filters
  const shortcut = straight
    ? from
    : net.convNorm(unit, `${unit}.shortcut`, { filters, kernel: 1, stride, padding: 0 }, from)
  net.add({ name: `${unit}.add`, unit, op: 'add', inputs: [main, shortcut] })
  net.relu(unit, `${unit}.relu`)
}
