import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { partitionPoints } from '#common/network/partition.ts'
import {
  checkImport,
  cifar,
  expectedOf,
  exporters,
  importFile,
  importFixtures,
  networks,
} from '../../../support/importing.ts'

describe('networks that others exported', () => {
  for (const network of networks) {
    for (const exporter of exporters) {
      it(`${network}, PyTorch's ${exporter}: the same logits, also with half of the channels`, async () => {
        await checkImport(join(importFixtures, `${network}.${exporter}.onnx`), expectedOf(importFixtures, network))
      })
    }
  }

  it("TensorFlow's way: [N, H, W, C], SAME, scaled inside, products over channels", async () => {
    const expected = expectedOf(importFixtures, 'tensorflow')
    await checkImport(join(importFixtures, 'tensorflow.tf2onnx.onnx'), expected, true)
  })

  it('partition points are named after modules and lie never inside a block with a shortcut', () => {
    const points = (file: string): string[] =>
      partitionPoints(importFile(join(importFixtures, file)).model.network).map(({ name }) => name)
    const resnet = ['input', 'conv1', 'layer1.0', 'layer1.1', 'layer2.0', 'layer2.1', 'avgpool', 'output']
    expect(points('resnet.torchscript.onnx')).toEqual(resnet)
    expect(points('resnet.dynamo.onnx')).toEqual(resnet)
    const shuffle = ['input', 'stem.0', 'stage.0', 'stage.1.branch2', 'grouped.0', 'last.0', 'avgpool', 'output']
    for (const exporter of exporters) expect(points(`shufflenet.${exporter}.onnx`)).toEqual(shuffle)
    const next = ['input', 'stem.0', 'layer1.0', 'layer1.1', 'layer2.0', 'layer2.1', 'avgpool', 'output']
    for (const exporter of exporters) expect(points(`resnext.${exporter}.onnx`)).toEqual(next)
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
