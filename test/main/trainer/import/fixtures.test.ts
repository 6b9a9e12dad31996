import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channelGroups } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { exportNetwork } from '../../../../src/main/trainer/onnx/export.ts'
import { countOnnx } from '../../../../src/main/trainer/onnx/cost.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import type { Expected } from '../../../support/importing.ts'
import {
  expectedOf,
  importFile,
  importFixtures,
  relativeDifference,
  runNetwork,
  softmax,
} from '../../../support/importing.ts'
import { masked } from '../../../support/masking.ts'
import { describeWith } from '../../../support/requires.ts'

const cifar = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] }
const networks = ['plain', 'vgg', 'resnet', 'mobilenetv1', 'mobilenetv2', 'densenet']
const exporters = ['torchscript', 'opset11', 'dynamo']

/** Every second channel of every group, at least one. */
const half = (groups: ReturnType<typeof channelGroups>['groups']): Map<string, number[]> =>
  new Map(groups.map(({ name, size }) => [name, [...Array(size).keys()].filter((at) => at % 2 === 0)]))

/** Import → what PyTorch computes; half of all channels gone → what a mask computes; both with the counted MACs. */
async function check(path: string, { images, shape, outputs }: Expected, inside = false): Promise<void> {
  const { model, ending } = importFile(path, inside ? {} : cifar)
  const { network } = model
  const exported = exportNetwork(model)
  const logits = await runNetwork(exported, images, shape)
  const result = ending === 'softmax' ? softmax(logits, network.classes) : logits
  expect(relativeDifference(result, outputs)).toBeLessThan(1e-4)
  expect(countOnnx(exported).macs).toBe(totalCost(network).macs)

  const { groups } = channelGroups(network)
  const kept = half(groups)
  const pruned = removeFilters(model, kept)
  const small = exportNetwork(pruned)
  const expected = await runNetwork(exportNetwork(masked(model, kept)), images, shape)
  expect(relativeDifference(await runNetwork(small, images, shape), expected)).toBeLessThan(1e-4)
  expect(countOnnx(small).macs).toBe(totalCost(pruned.network).macs)
  expect(totalCost(pruned.network).macs).toBeLessThan(0.75 * totalCost(network).macs)
}

describe('networks that others exported', () => {
  for (const network of networks) {
    for (const exporter of exporters) {
      it(`${network}, PyTorch's ${exporter}: the same logits, also with half of the channels`, async () => {
        await check(join(importFixtures, `${network}.${exporter}.onnx`), expectedOf(importFixtures, network))
      })
    }
  }

  it("TensorFlow's way: [N, H, W, C], SAME, scaled inside, products over channels", async () => {
    const expected = expectedOf(importFixtures, 'tensorflow')
    await check(join(importFixtures, 'tensorflow.tf2onnx.onnx'), expected, true)
  })

  it('partition points are named after modules and lie never inside a block with a shortcut', () => {
    const points = (file: string): string[] =>
      partitionPoints(importFile(join(importFixtures, file)).model.network).map(({ name }) => name)
    const resnet = ['input', 'conv1', 'layer1.0', 'layer1.1', 'layer2.0', 'layer2.1', 'avgpool', 'output']
    expect(points('resnet.torchscript.onnx')).toEqual(resnet)
    expect(points('resnet.dynamo.onnx')).toEqual(resnet)
    expect(points('mobilenetv1.opset11.onnx')).toEqual(['input', 'conv1.0', 'b1', 'b2', 'avgpool', 'output'])
    expect(points('mobilenetv2.dynamo.onnx')).toEqual([
      ...['input', 'features.0.0', 'features.1.conv', 'features.2.conv', 'features.3.conv', 'features.4.conv'],
      ...['features.5.0', 'avgpool', 'output'],
    ])
  })

  it('images are normalised by what the file does with them, or by what the user says', () => {
    const inside = importFile(join(importFixtures, 'tensorflow.tf2onnx.onnx'))
    // x/127.5 − 1 of 0…255 is (u/255 − 0.5)/0.5.
    for (const values of [inside.model.network.mean, inside.model.network.std]) {
      for (const value of values) expect(value).toBeCloseTo(0.5, 6)
    }
    expect(importFile(join(importFixtures, 'vgg.dynamo.onnx')).model.network).toMatchObject({
      mean: [0, 0, 0],
      std: [1, 1, 1],
    })
    expect(importFile(join(importFixtures, 'vgg.dynamo.onnx'), cifar).model.network).toMatchObject(cifar)
  })
})

describeWith('torch', 'networks that PyTorch exports now', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-import-'))
    const { SPLITBENCH_TORCH: python } = process.env
    execFileSync(python!, [join(importFixtures, 'make.py'), folder], { stdio: 'pipe', timeout: 220_000 })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('are imported as the stored ones are', async () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'))
    expect(files.length).toBe(networks.length * exporters.length + 1)
    for (const file of files) {
      const [network] = file.split('.') as [string]
      await check(join(folder, file), expectedOf(folder, network), network === 'tensorflow')
      expect(existsSync(join(importFixtures, file))).toBe(true)
    }
  })
})
