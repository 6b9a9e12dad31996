import { tinyOnnx } from './tinyOnnx.ts'

/** Two convolutions with a shortcut around the second, pooled: 1.2 M MACs, enough for a clock to see. */
export function smallNetwork(): Uint8Array {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i) / 10)
  const conv = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }
  return tinyOnnx({
    input: { name: 'image', type: 'float32', shape: ['N', 3, 'H', 'W'] },
    output: { name: 'logits', type: 'float32', shape: ['N', 4] },
    nodes: [
      { operator: 'Conv', inputs: ['image', 'w1'], output: 'conv1', attributes: { ...conv, strides: [2, 2] } },
      { operator: 'Relu', inputs: ['conv1'], output: 'relu1' },
      { operator: 'Conv', inputs: ['relu1', 'w2'], output: 'conv2', attributes: conv },
      { operator: 'Add', inputs: ['conv2', 'relu1'], output: 'block' },
      { operator: 'GlobalAveragePool', inputs: ['block'], output: 'pool' },
      { operator: 'Flatten', inputs: ['pool'], output: 'flat' },
      { operator: 'Gemm', inputs: ['flat', 'w3'], output: 'logits', attributes: { transB: 1 } },
    ],
    constants: [
      { name: 'w1', shape: [16, 3, 3, 3], values: numbers(16 * 27) },
      { name: 'w2', shape: [16, 16, 3, 3], values: numbers(16 * 144) },
      { name: 'w3', shape: [4, 16], values: numbers(64) },
    ],
  })
}
