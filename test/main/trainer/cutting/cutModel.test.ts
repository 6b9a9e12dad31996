import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CutOutcome, ProfileConfig } from '#common/contract/modelProfile.ts'
import { splitSchema } from '#common/contract/split.ts'
import { decodeSafetensors } from '#common/formats/safetensors.ts'
import { cutModel } from '../../../../src/main/trainer/cutting/cutModel.ts'
import { sha256 } from '../../../../src/system/hash.ts'
import { createSession, runSession } from '../../../../src/system/onnxruntime.ts'
import { lightModel, python } from '../../../support/foreignModels.ts'
import { describeWith } from '../../../support/requires.ts'
import { tinyOnnx } from '../../../support/tinyOnnx.ts'

const configOf = (model: string, more: Partial<ProfileConfig> = {}): ProfileConfig => ({
  ...{
    model,
    modelHash: '',
    input: null,
    size: null,
    output: null,
    points: 'useful',
    device: 'local',
    server: 'local',
  },
  ...{ link: { name: 'wifi', rateMbps: 18.88, rttMs: null }, timeS: null, threads: 1, seed: 1 },
  ...more,
})
const silent = { progress() {}, log() {} }
const cut = (folder: string, model: string, more?: Partial<ProfileConfig>): Promise<CutOutcome> =>
  cutModel(folder, configOf(model, more), silent, new AbortController().signal)

describeWith('python', 'cutting a foreign model', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-cut-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Every head and tail by Python's checker and runtime: head then tail equals the whole. */
  const verify = `
import json, os, sys
import numpy as np, onnx, onnxruntime as ort
ort.set_default_logger_severity(3)
folder, model = sys.argv[1:3]
options = ort.SessionOptions(); options.intra_op_num_threads = 1
run = lambda path, x: (lambda s: s.run(None, {s.get_inputs()[0].name: x})[0])(ort.InferenceSession(path, options, providers=['CPUExecutionProvider']))
whole = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
shape = [d if isinstance(d, int) else 1 for d in whole.get_inputs()[0].shape]
x = np.random.default_rng(5).standard_normal(shape, dtype=np.float32)
expected = whole.run(None, {whole.get_inputs()[0].name: x})[0]
errors = []
for name in sorted(os.listdir(os.path.join(folder, 'cuts'))):
    if not name.endswith('-head.onnx'): continue
    head, tail = (os.path.join(folder, 'cuts', name.replace('head', side)) for side in ('head', 'tail'))
    for path in (head, tail): onnx.checker.check_model(path)
    got = run(tail, run(head, x))
    assert got.shape == expected.shape, (got.shape, expected.shape)
    errors.append(float(np.abs(got - expected).max() / (np.abs(expected).max() or 1)))
print(json.dumps(errors))
`

  it('finds what SqueezeNet 1.1 is known to cost, and cuts it where Python agrees', async () => {
    const model = lightModel('squeezenet')
    const { model: facts, cuts, found, layers } = await cut(folder, model)
    expect(facts).toMatchObject({ parameters: 1_235_496, macs: 349_151_936, opset: 9, uncounted: [] })
    expect(found).toBe(35)
    expect([cuts[0]!.point, cuts.at(-1)!.point]).toEqual(['input', 'output'])
    expect(layers.at(-1)).toMatchObject({ cumulativeMacs: facts.macs, cumulativeParameters: facts.parameters })
    for (const one of cuts) {
      expect(one.headMacs + one.tailMacs).toBe(facts.macs)
      expect(one.headParameters + one.tailParameters).toBe(facts.parameters)
    }
    const errors = python<number[]>(verify, folder, model)
    expect(errors).toHaveLength(cuts.length)
    expect(Math.max(...errors)).toBeLessThan(1e-5)
  })

  it('finds a cut behind every block of ResNet-50, none inside', async () => {
    const { model, cuts } = await cut(folder, lightModel('resnet50'))
    expect(model).toMatchObject({ parameters: 25_557_032, macs: 4_089_184_256 })
    const sizes = cuts.map(({ shape }) => shape.join('x'))
    expect(sizes).toEqual([
      '3x224x224',
      '64x56x56',
      ...Array(3).fill('256x56x56'),
      ...Array(4).fill('512x28x28'),
      ...Array(6).fill('1024x14x14'),
      ...Array(2).fill('2048x7x7'),
      '2048x1x1',
      '1000',
    ])
  })
})

describeWith('onnxruntime', 'cutting', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-cut-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const store = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }
  const scale = { name: 'two', shape: [1], values: [2] }
  const value = (name: string, shape: (number | string)[], type: 'float32' | 'uint8' = 'float32') => ({
    ...{ name, type, shape },
  })

  it('writes what an agent takes: split, and reference values of two inputs', async () => {
    const model = store(
      'small.onnx',
      tinyOnnx({
        input: value('x', ['N', 2, 'H', 'W']),
        output: value('z', ['N', 2, 'H', 'W']),
        nodes: [
          { operator: 'Mul', inputs: ['x', 'two'], output: 'y' },
          { operator: 'Relu', inputs: ['y'], output: 'z' },
        ],
        constants: [scale],
      }),
    )
    const { cuts } = await cut(folder, model, { size: 3, points: 'all' })
    expect(cuts.map(({ point, shape }) => [point, ...shape])).toEqual([
      ['input', 2, 3, 3],
      ['y', 2, 3, 3],
      ['output', 2, 3, 3],
    ])
    const split = splitSchema.parse(JSON.parse(readFileSync(join(folder, cuts[1]!.files.split), 'utf8')))
    expect(split).toMatchObject({
      input: { name: 'x', type: 'float32' },
      features: { type: 'float32', shape: [2, 3, 3] },
    })
    const { tensors } = decodeSafetensors(readFileSync(join(folder, cuts[1]!.files.check)))
    const [images, features, logits] = ['images', 'features', 'logits'].map((name) => [...tensors.get(name)!.data])
    expect(images).toHaveLength(2 * 18)
    expect(new Set(images!.map(Math.sign)).size).toBeGreaterThan(1)
    expect(features).toEqual(images!.map((one) => 2 * one))
    expect(logits).toEqual(features!.map((one) => Math.max(0, one)))
  })

  it('writes large weights once, beside heads and tails that name them', async () => {
    const values = Array.from({ length: 512 }, (_, index) => Math.fround(index / 100 - 2))
    const shape = [1, 2, 16, 16]
    const model = store(
      'large.onnx',
      tinyOnnx({
        ...{ input: value('x', shape), output: value('z', shape) },
        nodes: [
          { operator: 'Mul', inputs: ['x', 'factors'], output: 'y' },
          { operator: 'Add', inputs: ['y', 'factors'], output: 's' },
          { operator: 'Add', inputs: ['s', 'two'], output: 'z' },
        ],
        constants: [scale, { name: 'factors', shape, values }],
      }),
    )
    const { cuts, weights } = await cut(folder, model, { points: 'all' })
    const held = readFileSync(join(folder, weights!.file))
    expect([held.length, sha256(held)]).toEqual([weights!.bytes, weights!.hash])
    expect(held.length).toBe(2048)
    expect(cuts.map(({ point, weightBytes }) => [point, weightBytes.head, weightBytes.tail])).toEqual([
      ['input', 0, 2048],
      ['y', 2048, 2048],
      ['s', 2048, 0],
      ['output', 2048, 0],
    ])
    const { files } = cuts[1]!
    const { tensors } = decodeSafetensors(readFileSync(join(folder, files.check)))
    const firstOf = (name: string): Float32Array => tensors.get(name)!.data.slice(0, 512) as Float32Array
    const run = async (part: string, data: Float32Array) => {
      expect(statSync(part).size).toBeLessThan(1000)
      const session = await createSession(
        { model: part, weights: join(folder, weights!.file) },
        { threads: 1, optimisation: 'on' },
      )
      try {
        return (await runSession(session, data, shape)).data
      } finally {
        await session.session.release()
      }
    }
    expect(await run(join(folder, files.head), firstOf('images'))).toEqual(firstOf('features'))
    expect(await run(join(folder, files.tail), firstOf('features'))).toEqual(firstOf('logits'))
  })

  it('takes images of bytes, and names what cannot cross', async () => {
    const model = store(
      'bytes.onnx',
      tinyOnnx({
        input: value('x', [1, 4], 'uint8'),
        output: value('z', [1, 4]),
        nodes: [
          { operator: 'Cast', inputs: ['x'], output: 'i', attributes: { to: 7 } },
          { operator: 'Cast', inputs: ['i'], output: 'f', attributes: { to: 1 } },
          { operator: 'Relu', inputs: ['f'], output: 'z' },
        ],
      }),
    )
    const { cuts, skipped } = await cut(folder, model, { points: 'all' })
    expect(cuts.map(({ point, type, payloadBytes }) => [point, type, payloadBytes])).toEqual([
      ['input', 'uint8', 4],
      ['f', 'float32', 16],
      ['output', 'float32', 16],
    ])
    expect(skipped).toEqual([{ point: 'i', reason: 'its tensor is int64; float32 and uint8 can be sent' }])
  })

  it.each([
    [
      'what ONNX Runtime cannot run',
      { operator: 'NoSuchOperator', inputs: ['x'], output: 'z' },
      'ONNX Runtime cannot run this model',
    ],
    [
      'what does not fit together',
      { operator: 'MatMul', inputs: ['x', 'two'], output: 'z' },
      'ONNX Runtime cannot run this model',
    ],
  ])('refuses %s', async (_, node, words) => {
    const graph = { input: value('x', [1, 4]), output: value('z', [1, 4]), nodes: [node], constants: [scale] }
    await expect(cut(folder, store('refused.onnx', tinyOnnx(graph)))).rejects.toMatchObject({
      code: 'bad-network',
      message: expect.stringContaining(words),
    })
  })

  it('ends when it is cancelled', async () => {
    const graph = {
      input: value('x', [1, 4]),
      output: value('z', [1, 4]),
      nodes: [{ operator: 'Relu', inputs: ['x'], output: 'z' }],
    }
    const model = store('cancelled.onnx', tinyOnnx(graph))
    const cancelled = cutModel(folder, configOf(model), silent, AbortSignal.abort())
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
  })
})
