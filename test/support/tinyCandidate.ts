import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Split } from '#common/contract/split.ts'
import { encodeSafetensors } from '#common/formats/safetensors.ts'
import { random } from '#common/random.ts'
import { tinyOnnx } from './tinyOnnx.ts'

const size = 8
const classes = 4
const elements = 3 * (size / 2) ** 2
const count = 16
const cast = { operator: 'Cast', inputs: ['image'], output: 'pixels', attributes: { to: 1 } }
const pool = {
  operator: 'MaxPool',
  inputs: ['pixels'],
  output: 'pooled',
  attributes: { kernel_shape: [2, 2], strides: [2, 2] },
}

/**
 * A candidate small enough to compute by hand: the head takes the maximum of 2×2 pixels (as uint8 codes, or as float32
 * pixels times 1/4), the tail is one dense layer. Heads of another `variant` compute the same and have another hash.
 */
export async function writeTinyCandidate(
  folder: string,
  form: 'float32' | 'uint8',
  variant = 0,
): Promise<{ head: string; tail: string; check: string; split: Split }> {
  const draw = random(1, 'tiny')
  const images = Uint8Array.from({ length: count * 3 * size * size }, () => draw.below(256))
  const scale = form === 'uint8' ? 1 : 0.25
  const pooled = Float32Array.from({ length: count * elements }, (_, i) => {
    const [column, row, plane] = [
      i % (size / 2),
      Math.floor(i / (size / 2)) % (size / 2),
      Math.floor(i / (size / 2) ** 2),
    ]
    const at = plane * size * size + 2 * row * size + 2 * column
    return scale * Math.max(images[at]!, images[at + 1]!, images[at + size]!, images[at + size + 1]!)
  })
  const dense = Float32Array.from({ length: elements * classes }, () => draw.normal() / 100)
  const logits = Float32Array.from({ length: count * classes }, (_, i) => {
    const [image, label] = [Math.floor(i / classes), i % classes]
    let sum = 0
    for (let k = 0; k < elements; k++) sum += pooled[image * elements + k]! * dense[k * classes + label]!
    return sum
  })
  const shape = [3, size / 2, size / 2]
  const input = { name: 'image', type: 'uint8', shape: ['N', 3, size, size] } as const
  const features = { name: 'features', type: form, shape: ['N', ...shape] } as const
  const head = tinyOnnx({
    input,
    output: features,
    nodes: [
      cast,
      pool,
      { operator: 'Mul', inputs: ['pooled', 'scale'], output: `scaled${variant}` },
      {
        operator: 'Cast',
        inputs: [`scaled${variant}`],
        output: 'features',
        attributes: { to: form === 'uint8' ? 2 : 1 },
      },
    ],
    constants: [{ name: 'scale', shape: [], values: [scale] }],
  })
  const tail = tinyOnnx({
    input: features,
    output: { name: 'logits', type: 'float32', shape: ['N', classes] },
    nodes: [
      { operator: 'Cast', inputs: ['features'], output: 'numbers', attributes: { to: 1 } },
      { operator: 'Flatten', inputs: ['numbers'], output: 'flat' },
      { operator: 'MatMul', inputs: ['flat', 'dense'], output: 'logits' },
    ],
    constants: [{ name: 'dense', shape: [elements, classes], values: [...dense] }],
  })
  const check = encodeSafetensors(
    new Map([
      ['images', { shape: [count, 3, size, size], data: images }],
      ['features', { shape: [count, ...shape], data: form === 'uint8' ? Uint8Array.from(pooled) : pooled }],
      ['logits', { shape: [count, classes], data: logits }],
    ]),
  )
  const split: Split = {
    protocol: 1,
    framework: 'only-splitting',
    partitionPoint: 'pool1',
    features: { type: form, shape, scale: form === 'uint8' ? 1 : null, offset: form === 'uint8' ? 0 : null },
    bits: form === 'uint8' ? 8 : 32,
    packing: 'raw',
    tiling: 'none',
    compressor: 'none',
    lossy: false,
    channel: { kind: 'ideal' },
    header: 16,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    classes,
  }
  await mkdir(folder, { recursive: true })
  const paths = {
    head: join(folder, 'head.onnx'),
    tail: join(folder, 'tail.onnx'),
    check: join(folder, 'check.safetensors'),
  }
  await Promise.all([writeFile(paths.head, head), writeFile(paths.tail, tail), writeFile(paths.check, check)])
  return { ...paths, split }
}
