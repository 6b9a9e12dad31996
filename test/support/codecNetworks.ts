import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import type { CodecPart } from '../../src/main/trainer/codecs/insert.ts'
import { insertCodec } from '../../src/main/trainer/codecs/insert.ts'
import { toyNetwork } from './handNetworks.ts'
import { randomModel } from './randomModel.ts'

/** The toy network with these parts behind pool1 ([6, 4, 4], or [6, 2, 2] with size 4): their graph alone. */
export function withParts(
  parts: { encoder?: CodecPart[]; wire?: CodecPart[]; decoder?: CodecPart[] },
  size = 8,
): Network {
  const network = toyNetwork({ size })
  const point = partitionPoints(network).find(({ name }) => name === 'pool1')!
  const codec = { encoder: [], wire: [], decoder: [], ...parts }
  return insertCodec(randomModel(network, 1), point, codec, 1).network
}

const back: CodecPart = { op: 'conv', name: 'decoder.back', filters: 6, kernel: 1, stride: 1, bias: true }

/** A network for every kind of layer that is a function of its input and weights. */
export const codecKinds: Record<string, Network> = {
  sigmoid: withParts({ encoder: [{ op: 'activation', name: 'encoder.a', kind: 'sigmoid' }] }),
  tanh: withParts({ encoder: [{ op: 'activation', name: 'encoder.a', kind: 'tanh' }] }),
  elu: withParts({
    encoder: [
      { op: 'conv', name: 'encoder.conv', filters: 6, kernel: 1, stride: 1, bias: true },
      { op: 'activation', name: 'encoder.a', kind: 'elu' },
    ],
  }),
  prelu: withParts({
    encoder: [
      { op: 'conv', name: 'encoder.conv', filters: 6, kernel: 3, stride: 1, padding: 1, bias: true },
      { op: 'prelu', name: 'encoder.a' },
    ],
  }),
  gdn: withParts({
    encoder: [
      { op: 'conv', name: 'encoder.conv', filters: 4, kernel: 3, stride: 2, padding: 1, bias: true },
      { op: 'gdn', name: 'encoder.gdn', inverse: false },
    ],
    decoder: [
      { op: 'gdn', name: 'decoder.gdn', inverse: true },
      { op: 'upsample', name: 'decoder.up', factor: 2 },
      back,
    ],
  }),
  power: withParts({
    encoder: [
      { op: 'conv', name: 'encoder.conv', filters: 3, kernel: 1, stride: 1, bias: true },
      { op: 'power', name: 'encoder.power' },
    ],
    decoder: [back],
  }),
  condition: withParts({
    encoder: [
      { op: 'condition', name: 'encoder.condition', level: 0.1, limit: 0.1 },
      { op: 'conv', name: 'encoder.conv', filters: 3, kernel: 3, stride: 1, padding: 1, bias: false },
      { op: 'batchnorm', name: 'encoder.bn' },
    ],
    decoder: [back],
  }),
  upsample: withParts({
    encoder: [{ op: 'maxpool', name: 'encoder.pool', kernel: 2, stride: 2 }],
    decoder: [{ op: 'upsample', name: 'decoder.up', factor: 2 }],
  }),
  transposed: withParts({
    encoder: [{ op: 'conv', name: 'encoder.conv', filters: 4, kernel: 2, stride: 2, bias: false }],
    decoder: [{ op: 'transposed', name: 'decoder.conv', filters: 6, kernel: 2, bias: true }],
  }),
  attention: withParts({ decoder: [{ op: 'attention', name: 'decoder.attention', inner: 2 }] }),
}
