import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Pretrained } from '#common/contract/pretrained.ts'
import { pretrainedNames, pretrainedRecipe, trainingOf } from '#common/experiment/pretrainedRecipes.ts'
import { decodeSafetensors, encodeSafetensors } from '#common/formats/safetensors.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { heldOutOf, sourceFor } from '../../../../src/main/workbench/pretrained/data.ts'
import { halved, keepTraining } from '../../../../src/main/workbench/pretrained/keep.ts'
import { dataFor, resolveModel } from '../../../../src/main/workbench/pretrained/modelRef.ts'
import { listPretrained, pretrainedNamed } from '../../../../src/main/workbench/pretrained/read.ts'
import { expectError, never, temporaryFolder } from '../../../support/images.ts'

const recipe = pretrainedRecipe('vgg16-w0.25')
const training: Pretrained = {
  protocol: 1,
  name: 'vgg16-w0.25',
  network: recipe.network,
  dataset: { name: 'cifar-10', classes: 10, size: 32 },
  data: { trainImages: 50_000, testImages: 5_000, seed: 1 },
  heldOut: { trainImages: 50_000, seed: 1, records: 50_000, labelsHash: 'ab' },
  images: { train: 45_000, heldOut: 5_000 },
  training: trainingOf(recipe),
  ...{ seed: 1, threads: 2, state: 'finished', epochs: { done: 30, of: 30 }, curve: [], weightsHash: 'cd' },
  tests: [{ images: 1000, correct: 870, accuracy: 0.87 }],
  ...{ command: 'train', versions: {}, fingerprint: {}, startedAt: '2026-01-01T00:00:00Z', durationS: 1 },
}

function rootWith(...all: Pretrained[]): string {
  const root = temporaryFolder()
  for (const one of all) {
    mkdirSync(join(root, one.name), { recursive: true })
    writeFileSync(join(root, one.name, 'training.json'), JSON.stringify(one))
  }
  return root
}

describe('pretrained weights', () => {
  it('are found by name; unfinished, damaged and unknown ones are not used, and the hint says what to do', async () => {
    const root = rootWith(training, { ...training, name: 'half', state: 'checkpoint', epochs: { done: 7, of: 30 } })
    mkdirSync(join(root, 'damaged'))
    writeFileSync(join(root, 'damaged', 'training.json'), '{"protocol": 1')
    expect(listPretrained(root).map(({ name }) => name)).toEqual(['half', 'vgg16-w0.25'])
    expect(pretrainedNamed('pretrained:vgg16-w0.25', root)).toEqual({ folder: join(root, 'vgg16-w0.25'), training })
    expect(pretrainedNamed('vgg16', root)).toBeUndefined()
    const half = await expectError(() => pretrainedNamed('pretrained:half', root), 'unknown-name', /7 of 30 epochs/)
    expect(half.hint).toContain('npm run pretrain -- half')
    const none = await expectError(
      () => pretrainedNamed('pretrained:none', root),
      'unknown-name',
      /no pretrained weights/,
    )
    expect(none.hint).toBe('There are: vgg16-w0.25.')
  })

  it('go with the images that they were trained on, and with no others', async () => {
    await expectError(() => sourceFor(training, 'synthetic'), 'bad-usage', /trained on cifar-10, not on synthetic/)
    await expectError(() => sourceFor(training, 'cifar-100'), 'bad-usage', /trained on cifar-10, not on cifar-100/)
    const folder = temporaryFolder()
    expect(sourceFor(training, folder)).toEqual({ kind: 'files', path: folder })
    expect(heldOutOf(training)).toEqual({ heldOut: training.heldOut })
    const counts = { trainImages: 5000, testImages: 1000, seed: 1 }
    expect(dataFor({ folder: '', training }, folder, counts)).toMatchObject({ ...counts, heldOut: training.heldOut })
    expect(dataFor({ folder: '', training: undefined }, undefined, counts)).toEqual({
      source: { kind: 'synthetic' },
      ...counts,
    })
  })

  it('have recipes whose networks can be built', () => {
    for (const name of pretrainedNames) {
      const { network, dataset } = pretrainedRecipe(name)
      const built = buildNetwork(network.name, {
        ...{ classes: dataset === 'cifar-10' ? 10 : 100, width: network.width, size: 32 },
        ...{ mean: [0, 0, 0], std: [1, 1, 1] },
      })
      expect(built.width).toBe(network.width)
    }
  })

  it('are kept only from a training by their recipe, with at least one whole epoch', async () => {
    const run = temporaryFolder()
    const keep = () => keepTraining('vgg16-w0.25', run, temporaryFolder(), never)
    await expectError(keep, 'bad-data', /not a training by the recipe of vgg16-w0.25/)
    const data = { source: { kind: 'files', path: '/images' }, trainImages: 50_000, testImages: 5_000, seed: 1 }
    const config = { data, network: recipe.network, training: trainingOf(recipe), seed: 1, threads: 2 }
    const record = (change: object) =>
      writeFileSync(join(run, 'run.json'), JSON.stringify({ verb: 'train', config: { ...config, ...change } }))
    record({ seed: 2 })
    await expectError(keep, 'bad-data', /not a training by the recipe/)
    record({})
    await expectError(keep, 'bad-data', /no whole epoch yet/)
  })

  it('are halved in kernels only where the file is large', () => {
    const data = Float32Array.of(0.1, -3, 0.3, 1e-3)
    const whole = encodeSafetensors([
      ['conv1.weight', { shape: [2, 2], data }],
      ['conv1.bias', { shape: [4], data }],
    ])
    const { tensors } = decodeSafetensors(halved(whole))
    expect(tensors.get('conv1.bias')).toEqual({ shape: [4], data })
    const { data: kernel } = tensors.get('conv1.weight')!
    // Ten bits behind the first one: 2^-11 of the number at most.
    for (const [index, value] of data.entries()) {
      expect(Math.abs(kernel[index]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11)
    }
    expect(kernel).not.toEqual(data)
  })

  it('are not mistaken for model folders', async () => {
    await expectError(() => resolveModel(temporaryFolder()), 'bad-data', /it has no network.json/)
  })
})
