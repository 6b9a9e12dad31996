import type { Layer, Network } from '#common/network/graph.ts'

/** Outputs of the dense layers of LeNet-5 (LeCun et al. 1998) before the last. */
const hidden = [120, 84] as const

/**
 * The cluster's network: LeNet-5 with ReLU and maximum pools. Maps of 28×28 go through both convolutions as published;
 * smaller ones keep their border, and the smallest skip the first pool. Codes (a map of one pixel) go to its classifier.
 * `mean` and `std`: of the channels, bytes scaled to 0…1.
 */
export function lenet5(
  { size, channels }: { size: number; channels: number },
  { classes, mean, std }: { classes: number; mean: readonly number[]; std: readonly number[] },
): Network {
  const layers: Layer[] = [
    { name: 'input', unit: 'input', inputs: [], op: 'input', channels, height: size, width: size },
  ]
  const behind = (name: string, unit: string) => ({ name, unit, inputs: [layers.at(-1)!.name] })
  const conv = (unit: string, filters: number, padding: number): void => {
    layers.push({ ...behind(unit, unit), op: 'conv', filters, kernel: 5, stride: 1, padding, bias: true })
    layers.push({ ...behind(`${unit}.relu`, unit), op: 'relu' })
  }
  const pool = (unit: string): void => {
    layers.push({ ...behind(unit, unit), op: 'maxpool', kernel: 2, stride: 2 })
  }
  if (size > 1) {
    conv('conv1', 6, 2)
    if (size > 7) pool('pool1')
    conv('conv2', 16, size >= 28 ? 0 : 2)
    pool('pool2')
  }
  layers.push({ ...behind('flatten', 'fc1'), op: 'flatten' })
  for (const [index, outputs] of hidden.entries()) {
    const unit = `fc${index + 1}`
    layers.push({ ...behind(unit, unit), op: 'dense', outputs })
    layers.push({ ...behind(`${unit}.relu`, unit), op: 'relu' })
  }
  layers.push({ ...behind('fc3', 'fc3'), op: 'dense', outputs: classes })
  return { name: 'lenet5', width: 1, classes, mean, std, layers }
}
