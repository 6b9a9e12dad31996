import type { Network } from '../graph.ts'
import type { ArchitectureOptions } from './builder.ts'
import { NetworkBuilder } from './builder.ts'

/** [expansion, filters, blocks, stride of the first]. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 1],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

/**
 * MobileNetV2 (Sandler et al. 2018) in its form for CIFAR (frameworks.md §3.4): with a 1×1 convolution as the shortcut
 * of a block that changes the number of channels only. 91.155 M MACs, 2.297 M parameters at width 1, 32×32 and
 * 10 classes.
 */
export const mobilenetV2 = (options: ArchitectureOptions): Network => build('mobilenetv2', options, true)

/** As in the paper, where such a block has no shortcut and the first one no expansion: 87.98 M MACs, 2.237 M parameters. */
export const mobilenetV2Paper = (options: ArchitectureOptions): Network => build('mobilenetv2-paper', options, false)

function build(name: string, options: ArchitectureOptions, projected: boolean): Network {
  const net = new NetworkBuilder(options)
  net.convNorm('conv1', 'conv1', { filters: net.filters(32), kernel: 3, stride: 1, padding: 1 })
  net.relu('conv1', 'conv1.relu')
  let number = 0
  for (const [expansion, count, repeats, firstStride] of stages) {
    for (let block = 0; block < repeats; block++) {
      number += 1
      const stride = block === 0 ? firstStride : 1
      invertedResidual(net, `ir${number}`, { expansion, filters: net.filters(count), stride, projected })
    }
  }
  net.convNorm('conv2', 'conv2', { filters: net.filters(1280), kernel: 1, stride: 1, padding: 0 })
  net.relu('conv2', 'conv2.relu')
  net.classifier()
  return net.network(name)
}

interface Block {
  expansion: number
  filters: number
  stride: number
  projected: boolean
}

/** Expand 1×1, depthwise 3×3, project 1×1 without a non-linearity; added to the input where the stride is 1. */
function invertedResidual(net: NetworkBuilder, unit: string, { expansion, filters, stride, projected }: Block): void {
  const from = net.last
  const channels = net.channels(from)
  if (expansion > 1 || projected) {
    net.convNorm(unit, `${unit}.expand`, { filters: expansion * channels, kernel: 1, stride: 1, padding: 0 })
    net.relu(unit, `${unit}.expand.relu`)
  }
  net.depthwiseNorm(unit, `${unit}.dw`, stride)
  net.relu(unit, `${unit}.dw.relu`)
  const main = net.convNorm(unit, `${unit}.project`, { filters, kernel: 1, stride: 1, padding: 0 })
  if (stride !== 1 || (channels !== filters && !projected)) return
  const shortcut =
    channels === filters
      ? from
      : net.convNorm(unit, `${unit}.shortcut`, { filters, kernel: 1, stride: 1, padding: 0 }, from)
  net.add({ name: `${unit}.add`, unit, op: 'add', inputs: [main, shortcut] })
}
