import type { Network } from '#common/network/graph.ts'

/** One of every kind of layer. */
export const smallBranches: Network = {
  name: 'small',
  width: 1,
  classes: 3,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.25, 0.3],
  layers: [
    { name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: 8, width: 8 },
    {
      name: 'conv1',
      unit: 'conv1',
      op: 'conv',
      inputs: ['input'],
      filters: 4,
      kernel: 3,
      stride: 1,
      padding: 1,
      bias: true,
    },
    { name: 'bn1', unit: 'conv1', op: 'batchnorm', inputs: ['conv1'] },
    { name: 'relu1', unit: 'conv1', op: 'relu', inputs: ['bn1'], max: 6 },
    {
      name: 'dw',
      unit: 'b',
      op: 'depthwise',
      inputs: ['relu1'],
      kernel: 3,
      stride: 1,
      padding: [1, 1, 1, 1],
      bias: false,
    },
    { name: 'add', unit: 'b', op: 'add', inputs: ['dw', 'relu1'] },
    { name: 'cat', unit: 'b', op: 'concat', inputs: ['add', 'relu1'] },
    { name: 'pool', unit: 'pool', op: 'maxpool', inputs: ['cat'], kernel: 2, stride: 2 },
    { name: 'mean', unit: 'mean', op: 'avgpool', inputs: ['pool'], kernel: [2, 2], stride: 2 },
    { name: 'flatten', unit: 'fc', op: 'flatten', inputs: ['mean'] },
    { name: 'fc', unit: 'fc', op: 'dense', inputs: ['flatten'], outputs: 3 },
  ],
}
