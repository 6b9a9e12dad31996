import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseOnnx } from '#common/formats/onnx/model.ts'
import { quantile } from '#common/measurement/statistics.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import type { Network } from '#common/network/graph.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { isNonNegative } from '#common/network/sign.ts'
import type { Model } from '#common/network/weights.ts'
import { rootMeanSquareError } from '../../../../src/main/trainer/candidates/acceptance.ts'
import { channelsFirst } from '../../../../src/main/trainer/candidates/images.ts'
import { exportInt8Head, layersToObserve } from '../../../../src/main/trainer/int8/export.ts'
import { observeRanges } from '../../../../src/main/trainer/int8/ranges.ts'
import type { FeatureCoding } from '../../../../src/main/trainer/onnx/coding.ts'
import { dequantise, fitCoding } from '../../../../src/main/trainer/onnx/coding.ts'
import { countOnnx } from '../../../../src/main/trainer/onnx/cost.ts'
import { exportHead } from '../../../../src/main/trainer/onnx/export.ts'
import { createSession, runSession } from '../../../../src/system/onnxruntime.ts'
import { branchingNetwork } from '../../../support/branchingNetworks.ts'
import { randomImages } from '../../../support/candidateRequest.ts'
import { expectError } from '../../../support/images.ts'
import { randomModel, smallVgg } from '../../../support/randomModel.ts'
import { referenceForward } from '../../../support/referenceForward.ts'
import { describeWith, itWith } from '../../../support/requires.ts'

const count = 4

/** Float features by the reference, and what an int8 head for the same images is. */
async function int8Head(model: Model, layer: string, asCodes: boolean) {
  const { network } = model
  const { height } = network.layers[0] as { height: number }
  const set = randomImages(count, height, network.classes, 1)
  const forward = referenceForward(model)
  const expected = (await forward.features(set.images, count, [layer])).get(layer)!
  const [low, high] = [Math.min(...expected), Math.max(...expected)]
  const coding: FeatureCoding = asCodes ? fitCoding(low, high, isNonNegative(network, layer)) : { type: 'float32' }
  const ranges = await observeRanges(forward, layersToObserve(model, layer), set)
  const file = exportInt8Head(model, layer, coding, ranges)
  const run = async (optimisation: 'off' | 'on'): Promise<Float32Array> => {
    const session = await createSession(file, { threads: 1, optimisation })
    const { data } = await runSession(session, channelsFirst(set.images, count), [count, 3, height, height])
    await session.session.release()
    return coding.type === 'float32' ? (data as Float32Array) : dequantise(data as Uint8Array, coding)
  }
  return { file, coding, expected, run, set }
}

const layerAt = (network: Network, name: string): string =>
  partitionPoints(network).find((point) => point.name === name)!.layer

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'int8-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeWith('onnxruntime', 'int8 heads', () => {
  /** Relative errors of the files of every point: of the integer kernels against the layers, and against the file in floats. */
  async function errorsOf(network: Network, seed: number, asCodes: boolean) {
    const model = randomModel(network, seed)
    const errors: { layers: number; floats: number }[] = []
    for (const { name, layer, headMacs } of partitionPoints(network)) {
      if (name === 'input') continue
      const last = layer === network.layers.at(-1)!.name
      const { file, expected, run } = await int8Head(model, layer, asCodes && !last)
      expect(countOnnx(file).macs).toBe(headMacs)
      const [off, on] = [await run('off'), await run('on')]
      errors.push({ layers: rootMeanSquareError(on, expected), floats: rootMeanSquareError(on, off) })
    }
    return errors
  }

  it('compute nearly what the layers are defined to compute, and by integer kernels what the file says in floats', async () => {
    // No bound holds for each: of single channels that cancel one another, rounding may be a third of what is left, and a
    // search for the worst case finds them. A layer that is computed wrongly is wrong by its whole size, wherever it occurs.
    const errors: { layers: number; floats: number }[] = []
    await fc.assert(
      fc.asyncProperty(branchingNetwork, fc.nat(1000), fc.boolean(), async (...head) => {
        errors.push(...(await errorsOf(...head)))
      }),
      { numRuns: 30 },
    )
    const share = (of: 'layers' | 'floats', part: number): number =>
      quantile(
        errors.map((one) => one[of]),
        part,
      )
    expect(share('layers', 0.5)).toBeLessThan(0.03)
    expect(share('layers', 0.95)).toBeLessThan(0.1)
    expect(share('floats', 0.5)).toBeLessThan(0.01)
    expect(share('floats', 0.95)).toBeLessThan(0.02)
  })

  it('of two clips behind a convolution load', async () => {
    const layers: Network['layers'] = [
      { ...{ name: 'input', unit: 'input', op: 'input', inputs: [] }, ...{ channels: 3, height: 4, width: 4 } },
      {
        ...{ name: 'a', unit: 'a', op: 'conv', inputs: ['input'] },
        ...{ filters: 2, bias: false, kernel: 1, stride: 1, padding: 0 },
      },
      { name: 'b', unit: 'b', op: 'relu', inputs: ['a'], max: 6 },
      { name: 'c', unit: 'c', op: 'relu', inputs: ['b'], max: 6 },
    ]
    const network = { ...smallVgg(1), layers }
    const { expected, run } = await int8Head(randomModel(network, 1), 'c', false)
    expect(rootMeanSquareError(await run('on'), expected)).toBeLessThan(0.1)
  })

  it.each([
    ['vgg16', 'pool3'],
    ['resnet18', 'layer2.0'],
    ['mobilenetv1', 'b3'],
    ['mobilenetv2', 'ir3'],
    ['vgg16', 'output'],
  ])('of %s at %s have no convolution left that ONNX Runtime computes in floats', async (name, point) => {
    const constants = { mean: [0.49, 0.48, 0.45], std: [0.25, 0.24, 0.26] }
    const network = buildNetwork(name, { classes: 10, width: 1 / 16, size: 32, ...constants })
    const { file } = await int8Head(randomModel(network, 1), layerAt(network, point), point !== 'output')
    const path = join(folder, `${name}-${point}.onnx`)
    const { InferenceSession } = await import('onnxruntime-node')
    const options = { graphOptimizationLevel: 'all', optimizedModelFilePath: path, logSeverityLevel: 3 } as const
    await (await InferenceSession.create(file, options)).release()
    const { nodes } = parseOnnx(readFileSync(path)).graph
    const kinds = new Set(nodes.map(({ op }) => op))
    expect(kinds).toContain('QLinearConv')
    for (const float of [
      'Conv',
      'FusedConv',
      'Gemm',
      'MatMul',
      'Relu',
      'Clip',
      'MaxPool',
      'Add',
      'GlobalAveragePool',
    ]) {
      // The normalisation of the pixels is the one addition in floats.
      expect(nodes.filter(({ op }) => op === float).length, float).toBe(float === 'Add' ? 1 : 0)
    }
  })

  it('give the codes that cross themselves: nothing is rounded twice', async () => {
    const network = smallVgg(1 / 16)
    const { file, coding, expected, run } = await int8Head(randomModel(network, 1), layerAt(network, 'pool2'), true)
    const operators = parseOnnx(file).graph.nodes.map(({ op }) => op)
    expect(operators.at(-1)).toBe('QuantizeLinear')
    expect(operators).not.toContain('BatchNormalization')
    expect(operators).not.toContain('Sub')
    const [on, off] = [await run('on'), await run('off')]
    // The whole sums are exact, so that floats come to the same codes.
    expect(on).toEqual(off)
    expect(rootMeanSquareError(on, expected)).toBeLessThan(0.05)
    expect(coding).toMatchObject({ type: 'uint8', offset: 0 })
  })

  it('are about a quarter of the float file', async () => {
    const network = smallVgg(1 / 4)
    const model = randomModel(network, 1)
    const layer = layerAt(network, 'pool3')
    const ranges = new Map(network.layers.map(({ name }) => [name, { low: 0, high: 1 }]))
    const int8 = exportInt8Head(model, layer, { type: 'float32' }, ranges)
    expect(int8.length / exportHead(model, layer, { type: 'float32' }).length).toBeLessThan(0.3)
  })

  it('are refused at the image', async () => {
    const model = randomModel(smallVgg(1 / 16), 1)
    await expectError(
      async () => exportInt8Head(model, 'input', { type: 'float32' }, new Map()),
      'bad-usage',
      /computes nothing/,
    )
  })

  itWith('python', 'equal another ONNX Runtime, and lose no more than its own quantiser', async () => {
    const network = smallVgg(1 / 8)
    const model = randomModel(network, 1)
    const layer = layerAt(network, 'pool3')
    const { file, expected, run, set } = await int8Head(model, layer, false)
    const path = (name: string): string => join(folder, name)
    writeFileSync(path('float.onnx'), exportHead(model, layer, { type: 'float32' }))
    writeFileSync(path('int8.onnx'), file)
    writeFileSync(path('images'), channelsFirst(set.images, count))
    const script = resolve(import.meta.dirname, '../../../support/quantiseHead.py')
    execFileSync(process.env.SPLITBENCH_PYTHON!, [script, folder, String(count)], { stdio: ['ignore', 'pipe', 'pipe'] })
    const floats = (name: string): Float32Array => {
      const bytes = readFileSync(path(name))
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    }
    const ours = await run('on')
    expect(floats('ours')).toEqual(ours)
    expect(rootMeanSquareError(ours, expected)).toBeLessThan(1.5 * rootMeanSquareError(floats('theirs'), expected))
  })
})
