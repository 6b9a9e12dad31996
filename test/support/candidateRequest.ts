import type { Network } from '#common/network/graph.ts'
import type { PartitionPoint } from '#common/network/partition.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { random } from '#common/random.ts'
import type { CandidateRequest } from '../../src/main/trainer/candidates/build.ts'
import type { ImageSet } from '../../src/main/trainer/data/imageSet.ts'
import { randomBytes, randomModel } from './randomModel.ts'

export function randomImages(count: number, size: number, classes: number, seed: number): ImageSet {
  const rng = random(seed, 'images')
  return {
    count,
    size,
    channels: 3,
    images: randomBytes(count * size * size * 3, rng),
    labels: Uint16Array.from({ length: count }, () => rng.below(classes)),
  }
}

export function pointOf(network: Network, name: string): PartitionPoint {
  const point = partitionPoints(network).find((one) => one.name === name)
  if (!point) throw new Error(`no point ${name}`)
  return point
}

/** A request for a network with random weights, on random images. */
export function candidateRequest(
  folder: string,
  network: Network,
  point: string,
  form: CandidateRequest['form'],
  counts: { calibration: number; test: number },
): CandidateRequest {
  const input = network.layers[0] as { height: number }
  return {
    folder,
    model: randomModel(network, 7),
    point: pointOf(network, point),
    form,
    framework: 'only-splitting',
    step: null,
    seed: 1,
    calibration: randomImages(counts.calibration, input.height, network.classes, 1),
    test: randomImages(counts.test, input.height, network.classes, 2),
    baselineAccuracy: 0.5,
    validationAccuracy: 0.25,
  }
}

/** A convolution, a pool and a classifier on 8×8 pixels: cheap enough for the reference. */
export const tinyNetwork: Network = {
  name: 'tiny',
  width: 1,
  classes: 4,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.25, 0.3],
  layers: [
    { name: 'input', unit: 'input', op: 'input', inputs: [], channels: 3, height: 8, width: 8 },
    {
      name: 'conv1',
      unit: 'conv1',
      op: 'conv',
      inputs: ['input'],
      filters: 6,
      kernel: 3,
      stride: 1,
      padding: 1,
      bias: true,
    },
    { name: 'conv1.bn', unit: 'conv1', op: 'batchnorm', inputs: ['conv1'] },
    { name: 'conv1.relu', unit: 'conv1', op: 'relu', inputs: ['conv1.bn'] },
    { name: 'pool1', unit: 'pool1', op: 'maxpool', inputs: ['conv1.relu'], kernel: 2, stride: 2 },
    {
      name: 'conv2',
      unit: 'conv2',
      op: 'conv',
      inputs: ['pool1'],
      filters: 5,
      kernel: 3,
      stride: 2,
      padding: 1,
      bias: false,
    },
    { name: 'flatten', unit: 'fc', op: 'flatten', inputs: ['conv2'] },
    { name: 'fc', unit: 'fc', op: 'dense', inputs: ['flatten'], outputs: 4 },
  ],
}
