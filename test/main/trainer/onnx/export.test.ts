import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { isNonNegative } from '#common/network/sign.ts'
import type { Model } from '#common/network/weights.ts'
import { allWeightShapes } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { channelsFirst } from '../../../../src/main/trainer/candidates/images.ts'
import type { FeatureCoding } from '../../../../src/main/trainer/onnx/coding.ts'
import { fitCoding } from '../../../../src/main/trainer/onnx/coding.ts'
import { countOnnx } from '../../../../src/main/trainer/onnx/cost.ts'
import { exportHead, exportTail } from '../../../../src/main/trainer/onnx/export.ts'
import { readOnnx } from '../../../../src/main/trainer/onnx/read.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import type { TensorData } from '../../../../src/system/onnxruntime.ts'
import { createSession, runSession } from '../../../../src/system/onnxruntime.ts'
import { branchingNetwork } from '../../../support/branchingNetworks.ts'
import { randomBytes, randomModel, smallVgg } from '../../../support/randomModel.ts'
import { randomNetwork } from '../../../support/randomNetwork.ts'
import { referenceOutputs, referenceTail } from '../../../support/referenceNetwork.ts'
import { describeWith } from '../../../support/requires.ts'

const count = 2

async function run(file: Uint8Array, data: TensorData, shape: readonly number[], optimisation: 'off' | 'on') {
  const session = await createSession(file, { threads: 1, optimisation })
  try {
    return await runSession(session, data, shape)
  } finally {
    await session.session.release()
  }
}

/** Head, then tail on what it gives, at one layer, against the reference. */
async function expectReference(model: Model, layer: string, images: Uint8Array, size: number): Promise<void> {
  const { network } = model
  const length = images.length / count
  const outputs = Array.from({ length: count }, (_, i) =>
    referenceOutputs(model, images.subarray(i * length, (i + 1) * length)),
  )
  const values = outputs.flatMap((one) => [...one.get(layer)!.data])
  const last = network.layers.at(-1)!.name
  const codings: FeatureCoding[] = [
    { type: 'float32' },
    fitCoding(Math.min(...values), Math.max(...values), isNonNegative(network, layer)),
  ]
  const isImage = network.layers[0].name === layer
  const planes = channelsFirst(images, count)
  for (const coding of codings) {
    const [head, tail] = [exportHead(model, layer, coding), exportTail(model, layer, coding)]
    const coded = coding.type === 'uint8' && !isImage ? coding : undefined
    for (const optimisation of ['off', 'on'] as const) {
      const features = await run(head, planes, [count, 3, size, size], optimisation)
      const logits = await run(tail, features.data, features.shape, optimisation)
      expect(logits.shape).toEqual([count, network.classes])
      if (isImage) expect(features.data).toEqual(planes)
      else if (coded) expectCodes(features.data, values, coded)
      else expectClose(features.data, values)
      const expected = coded
        ? tailOfCodes(model, layer, outputs, features.data, coded)
        : outputs.map((one) => one.get(last)!)
      expectClose(
        logits.data,
        expected.flatMap((one) => [...one.data]),
      )
    }
  }
}

function tailOfCodes(
  model: Model,
  layer: string,
  outputs: ReturnType<typeof referenceOutputs>[],
  codes: TensorData,
  { scale, offset }: { scale: number; offset: number },
) {
  const length = codes.length / count
  return outputs.map((one, i) => {
    const data = Float64Array.from(codes.subarray(i * length, (i + 1) * length), (code) => code * scale + offset)
    const features = { ...one.get(layer)!, data }
    return layer === model.network.layers.at(-1)!.name ? features : referenceTail(model, layer, features)
  })
}

function expectClose(actual: TensorData, expected: number[]): void {
  expect(actual).toBeInstanceOf(Float32Array)
  expect(actual.length).toBe(expected.length)
  const scale = Math.max(1, ...expected.map(Math.abs))
  for (const [i, value] of expected.entries()) expect(Math.abs(actual[i] - value)).toBeLessThan(2e-5 * scale)
}

/** The nearest code, or, where the value lies halfway but for float32's error, its neighbour. */
function expectCodes(actual: TensorData, values: number[], { scale, offset }: { scale: number; offset: number }): void {
  expect(actual).toBeInstanceOf(Uint8Array)
  const slack = 1e-5 * Math.max(1, ...values.map(Math.abs))
  for (const [i, value] of values.entries()) {
    expect(Math.abs(actual[i] * scale + offset - value)).toBeLessThanOrEqual(scale / 2 + slack)
  }
}

describeWith('onnxruntime', 'export to ONNX', () => {
  it('computes what the layers are defined to compute, cut anywhere, as floats and as codes', async () => {
    await fc.assert(
      fc.asyncProperty(randomNetwork, fc.nat(1000), async (network, seed) => {
        const model = randomModel(network, seed)
        const input = network.layers[0] as { height: number }
        const images = randomBytes(count * 3 * input.height ** 2, random(seed, 'images'))
        for (const { layer } of partitionPoints(network)) await expectReference(model, layer, images, input.height)
      }),
      { numRuns: 40 },
    )
  })

  it('does so with shortcuts, depthwise convolutions, concatenations, odd windows; counts their MACs from the files', async () => {
    await fc.assert(
      fc.asyncProperty(branchingNetwork, fc.nat(1000), async (network, seed) => {
        const model = randomModel(network, seed)
        const input = network.layers[0] as { height: number }
        const images = randomBytes(count * 3 * input.height ** 2, random(seed, 'images'))
        for (const point of partitionPoints(network)) {
          await expectReference(model, point.layer, images, input.height)
          const head = countOnnx(exportHead(model, point.layer, { type: 'float32' }))
          expect(head).toEqual({ macs: point.headMacs, parameters: point.headParameters })
        }
      }),
      { numRuns: 40 },
    )
  })

  it.each(['resnet18', 'mobilenetv1', 'mobilenetv2'])('counts the MACs of %s from the files of both halves', (name) => {
    const network = buildNetwork(name, { classes: 10, width: 0.25, size: 32, mean: [0, 0, 0], std: [1, 1, 1] })
    const full = randomModel(network, 1)
    const half = new Map(
      channelGroups(network).groups.map((group) => [
        group.name,
        Array.from({ length: Math.ceil(group.size / 2) }, (_, index) => 2 * index),
      ]),
    )
    for (const model of [full, removeFilters(full, half)]) {
      for (const point of partitionPoints(model.network)) {
        const head = countOnnx(exportHead(model, point.layer, { type: 'float32' }))
        const tail = countOnnx(exportTail(model, point.layer, { type: 'float32' }))
        expect(head).toEqual({ macs: point.headMacs, parameters: point.headParameters })
        expect(tail).toEqual({ macs: point.tailMacs, parameters: point.tailParameters })
      }
    }
  })

  it('cuts a small VGG16 at all of its points', async () => {
    const model = randomModel(smallVgg(1 / 16), 3)
    const images = randomBytes(count * 3072, random(3, 'images'))
    for (const { layer } of partitionPoints(model.network)) await expectReference(model, layer, images, 32)
  })

  it('counts the MACs and parameters of the table from the files alone', () => {
    const network = smallVgg(1)
    const count = (shape: number[]) => shape.reduce((product, extent) => product * extent, 1)
    const zeros = [...allWeightShapes(network)].map(([name, shape]) => [name, new Float32Array(count(shape))] as const)
    const model = { network, weights: new Map(zeros) }
    for (const point of partitionPoints(network)) {
      const head = countOnnx(exportHead(model, point.layer, { type: 'uint8', scale: 1, offset: -1 }))
      const tail = countOnnx(exportTail(model, point.layer, { type: 'uint8', scale: 1, offset: -1 }))
      expect(head).toEqual({ macs: point.headMacs, parameters: point.headParameters })
      expect(tail).toEqual({ macs: point.tailMacs, parameters: point.tailParameters })
      expect((head.macs + tail.macs) / 1e6).toBeCloseTo(313.2, 1)
      expect((head.parameters + tail.parameters) / 1e6).toBeCloseTo(14.728, 3)
    }
  })

  it('writes the border that protocol.md fixes', () => {
    const model = randomModel(smallVgg(1 / 32), 1)
    const coded = { type: 'uint8', scale: 0.1, offset: 0 } as const
    const head = readOnnx(exportHead(model, 'pool1', coded))
    expect(head).toMatchObject({
      opset: 17,
      input: { name: 'image', type: 2, shape: ['N', 3, 32, 32] },
      output: { name: 'features', type: 2, shape: ['N', 2, 16, 16] },
    })
    const tail = readOnnx(exportTail(model, 'pool1', { type: 'float32' }))
    expect(tail).toMatchObject({
      input: { name: 'features', type: 1, shape: ['N', 2, 16, 16] },
      output: { name: 'logits', type: 1, shape: ['N', 10] },
    })
    expect(tail.nodes.map((node) => node.op)).toContain('BatchNormalization')
    expect(readOnnx(exportHead(model, 'input', coded)).nodes.map((node) => node.op)).toEqual(['Identity'])
    expect(readOnnx(exportTail(model, 'fc', coded)).input).toEqual({ name: 'features', type: 2, shape: ['N', 10] })
    expect(readOnnx(exportTail(model, 'fc', { type: 'float32' }))).toMatchObject({
      nodes: [{ op: 'Identity' }],
      input: { name: 'features', type: 1, shape: ['N', 10] },
    })
  })

  it('gives equal bytes for equal models', () => {
    const bytes = () => exportHead(randomModel(smallVgg(1 / 32), 5), 'conv3.relu', { type: 'float32' })
    expect(bytes()).toEqual(bytes())
  })

  it('refuses cuts and weights that do not belong to the network', () => {
    const model = randomModel(smallVgg(1 / 32), 1)
    expect(() => exportHead(model, 'conv99', { type: 'float32' })).toThrow('no layer "conv99"')
    const weights = new Map(model.weights)
    weights.set('conv1.bias', new Float32Array(1))
    expect(() => exportHead({ ...model, weights }, 'conv1', { type: 'float32' })).toThrow('"conv1.bias"')
    const shortcut = {
      ...model.network,
      layers: model.network.layers.map((layer) =>
        layer.name === 'conv3' ? { ...layer, inputs: ['conv1.relu'] } : layer,
      ),
    }
    expect(() => exportTail({ ...model, network: shortcut }, 'conv2', { type: 'float32' })).toThrow('cannot be cut')
  })
})
