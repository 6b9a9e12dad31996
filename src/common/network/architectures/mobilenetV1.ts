import type { Network } from '../graph.ts'
import type { ArchitectureOptions } from './builder.ts'
import { NetworkBuilder } from './builder.ts'

/** [filters of the 1×1 convolution, stride of the depthwise one], blocks b1 to b13. */
const blocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const

/**
 * MobileNetV1 (Howard et al. 2017) in its form for CIFAR (frameworks.md §3.3): 46.354 M MACs, 3.217 M parameters at
 * width 1, 32×32 and 10 classes.
 */
export function mobilenetV1(options: ArchitectureOptions): Network {
  const net = new NetworkBuilder(options)
  net.convNorm('conv1', 'conv1', { filters: net.filters(32), kernel: 3, stride: 1, padding: 1 })
  net.relu('conv1', 'conv1.relu')
  blocks.forEach(([count, stride], index) => {
    const unit = `b${index + 1}`
    net.depthwiseNorm(unit, `${unit}.dw`, stride)
    net.relu(unit, `${unit}.dw.relu`)
    net.convNorm(unit, `${unit}.pw`, { filters: net.filters(count), kernel: 1, stride: 1, padding: 0 })
    net.relu(unit, `${unit}.relu`)
  })
  net.classifier()
  return net.network('mobilenetv1')
}
