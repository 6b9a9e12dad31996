import type { OnnxNode } from '../model.ts'

/** Characters that commands, file names and ONNX names of values take without quoting. */
const clean = (text: string): string => text.replaceAll(/[^\w.-]+/g, '.').replaceAll(/^[.-]+|[.-]+$/g, '')

/** Names of tensors that a program numbered say nothing of the network. */
const isNumbered = (name: string): boolean => /^(onnx::|\d|val_|const)/i.test(name) || /^\w*_\d+$/.test(name)

/** What a layer is called whose node says nothing of where it belongs. */
const kinds: Readonly<Record<string, string>> = {
  Conv: 'conv',
  BatchNormalization: 'bn',
  Relu: 'relu',
  Clip: 'relu',
  Max: 'relu',
  Min: 'relu',
  HardSwish: 'hardswish',
  HardSigmoid: 'hardsigmoid',
  Mul: 'multiply',
  MaxPool: 'maxpool',
  GlobalMaxPool: 'maxpool',
  AveragePool: 'avgpool',
  GlobalAveragePool: 'avgpool',
  ReduceMean: 'avgpool',
  Add: 'add',
  Sum: 'add',
  Concat: 'concat',
  Split: 'split',
  Slice: 'split',
  Gather: 'select',
  Reshape: 'shuffle',
  Gemm: 'dense',
  MatMul: 'dense',
}

/**
 * A name for the layer that a node becomes: of the module that its weights belong to ("features.0.weight"), else of the
 * node's path ("/features/0/Conv"; PyTorch repeats what is around, "/layer1/layer1.0/conv1/Conv"), else of its kind.
 */
export function layerName(node: OnnxNode, weights?: string): string {
  const ofWeights = weights?.replace(/[._/](weight|kernel|w|Conv2D|MatMul|ReadVariableOp)(:0|_bias.*|_fold.*)?$/i, '')
  if (ofWeights && ofWeights !== weights && !isNumbered(ofWeights)) {
    const name = clean(pathName(ofWeights))
    if (name !== '') return name
  }
  const path = clean(pathName(node.name.slice(0, Math.max(0, node.name.lastIndexOf('/')))))
  return path || kinds[node.op] || node.op.toLowerCase()
}

function pathName(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/').filter((one) => one !== '')) {
    if (part.startsWith(`${parts.at(-1)}.`)) parts.pop()
    parts.push(part)
  }
  return parts.join('.')
}

/** `Conv "/features/0/Conv" (node 12 of 174)`. */
export const describeNode = ({ op, domain, name, position }: OnnxNode, total: number): string =>
  `${domain === '' ? '' : `${domain}.`}${op || 'a node without type'}${name === '' ? '' : ` "${name}"`} (node ${position} of ${total})`
