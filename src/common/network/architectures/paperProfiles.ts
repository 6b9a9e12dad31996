import type { Network } from '../graph.ts'
import { NetworkBuilder } from './builder.ts'
import { basicBlock } from './resnet18.ts'

/**
 * The networks behind the FLOPs column of SAFBMP's Table 2 (frameworks.md §3.5): torchvision's ImageNet models with
 * 1,000 classes, fed with 32×32 images. For their layer tables only; nothing is trained with them.
 */
const imagenet = { classes: 1000, width: 1, size: 32, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

function vgg16(): Network {
  const net = new NetworkBuilder(imagenet)
  let conv = 0
  const blocks = [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ]
  blocks.forEach((block, index) => {
    for (const filters of block) {
      conv += 1
      const unit = `conv${conv}`
      net.convNorm(unit, unit, { filters, kernel: 3, stride: 1, padding: 1, bias: true })
      net.relu(unit, `${unit}.relu`)
    }
    const pool = `pool${index + 1}`
    net.add({ name: pool, unit: pool, op: 'maxpool', inputs: [net.last], kernel: 2, stride: 2 })
  })
  net.add({ name: 'avgpool', unit: 'avgpool', op: 'adaptivepool', inputs: [net.last], height: 7, width: 7 })
  net.add({ name: 'flatten', unit: 'fc1', op: 'flatten', inputs: [net.last] })
  for (const [index, outputs] of [4096, 4096, 1000].entries()) {
    const unit = `fc${index + 1}`
    net.add({ name: unit, unit, op: 'dense', inputs: [net.last], outputs })
    if (index < 2) net.relu(unit, `${unit}.relu`)
  }
  return net.network('torchvision-vgg16')
}

function resnet18(): Network {
  const net = new NetworkBuilder(imagenet)
  net.convNorm('conv1', 'conv1', { filters: 64, kernel: 7, stride: 2, padding: 3 })
  net.relu('conv1', 'conv1.relu')
  net.add({ name: 'pool', unit: 'pool', op: 'maxpool', inputs: [net.last], kernel: 3, stride: 2, padding: 1 })
  ;[64, 128, 256, 512].forEach((filters, stage) => {
    for (const block of [0, 1]) {
      basicBlock(net, `layer${stage + 1}.${block}`, filters, stage > 0 && block === 0 ? 2 : 1)
    }
  })
  net.classifier()
  return net.network('torchvision-resnet18')
}

function mobilenetV2(): Network {
  const net = new NetworkBuilder(imagenet)
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const
  const relu6 = (unit: string, name: string): void => {
    net.add({ name, unit, op: 'relu', inputs: [net.last], max: 6 })
  }
  net.convNorm('conv1', 'conv1', { filters: 32, kernel: 3, stride: 2, padding: 1 })
  relu6('conv1', 'conv1.relu')
  let number = 0
  for (const [expansion, filters, repeats, firstStride] of stages) {
    for (let block = 0; block < repeats; block++) {
      number += 1
      const unit = `ir${number}`
      const from = net.last
      const stride = block === 0 ? firstStride : 1
      if (expansion > 1) {
        const wide = expansion * net.channels(from)
        net.convNorm(unit, `${unit}.expand`, { filters: wide, kernel: 1, stride: 1, padding: 0 })
        relu6(unit, `${unit}.expand.relu`)
      }
      net.depthwiseNorm(unit, `${unit}.dw`, stride)
      relu6(unit, `${unit}.dw.relu`)
      const main = net.convNorm(unit, `${unit}.project`, { filters, kernel: 1, stride: 1, padding: 0 })
      if (stride === 1 && net.channels(from) === filters) {
        net.add({ name: `${unit}.add`, unit, op: 'add', inputs: [main, from] })
      }
    }
  }
  net.convNorm('conv2', 'conv2', { filters: 1280, kernel: 1, stride: 1, padding: 0 })
  relu6('conv2', 'conv2.relu')
  net.classifier()
  return net.network('torchvision-mobilenetv2')
}

/** By name; each is built anew. */
export const paperProfiles: Readonly<Record<string, () => Network>> = {
  'torchvision-vgg16': vgg16,
  'torchvision-resnet18': resnet18,
  'torchvision-mobilenetv2': mobilenetV2,
}
