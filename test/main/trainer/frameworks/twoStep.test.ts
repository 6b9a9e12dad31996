import { describe, expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import { partitionPoints } from '#common/network/partition.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import type { Model } from '#common/network/weights.ts'
import type { ExportRequest, Lab, Staged, Yielded } from '../../../../src/main/trainer/frameworks/lab.ts'
import { twoStep } from '../../../../src/main/trainer/frameworks/twoStep.ts'
import { filtersOf } from '../../../../src/main/trainer/pruning/ranking.ts'
import { randomModel, smallVgg } from '../../../support/randomModel.ts'

/**
 * The recipe's decisions without training: a lab in which fine-tuning changes nothing and the validation accuracy is a
 * given function of the filters that are left.
 */
async function play(accuracyOf: (model: Model) => number, points: readonly string[], maxLoss = 0.05) {
  const model = randomModel(smallVgg(0.25), 1)
  const stages = new Map<string, Staged>()
  const exported: (ExportRequest & { model: Model })[] = []
  const lab: Lab = {
    async stage(key, compute) {
      expect(stages.has(key), `stage ${key} is computed once`).toBe(false)
      const made = await compute()
      const staged = { model: made, validationAccuracy: accuracyOf(made) }
      stages.set(key, staged)
      return staged
    },
    forget: async () => {},
    fineTune: async (one) => one,
    fit: () => Promise.reject(new Error('two-step trains no codec')),
    insert: () => expect.fail('two-step puts in no codec'),
    features: () => Promise.reject(new Error('two-step looks at no features')),
    random: () => expect.fail('two-step draws nothing'),
    score: async (one, convolutions) =>
      new Map(
        convolutions.map((name) => [name, Float32Array.from({ length: filtersOf(one.network, name) }, (_, i) => i)]),
      ),
    time: () => Promise.reject(new Error('two-step times nothing')),
    throughBytes: async (_, { bytes }) => (bytes?.compressor === 'jpeg' ? 0.79 - 1 / bytes.quality : 0),
    async export(one, request) {
      exported.push({ ...request, model: one })
      return { id: `${exported.length}` } as never
    },
    progress: () => {},
    metric: () => {},
    log: () => {},
  }
  const base = {
    model,
    validationAccuracy: 0.8,
    points: partitionPoints(model.network).filter(({ name }) => points.includes(name)),
  }
  const yielded: Yielded[] = []
  const { twoStep: recipe, codec, auto } = profiles.quick
  const link = { name: 'wifi', rateMbps: 18.88, rttMs: null }
  const options = { maxLoss, twoStep: recipe, codec, auto, link, int8: false }
  for await (const one of twoStep(base, options, lab)) yielded.push(one)
  return { model, exported, stages, yielded }
}

const total = (model: Model): number =>
  prunableLayers(model.network).reduce((sum, name) => sum + filtersOf(model.network, name), 0)

describe('two-step pruning decides', () => {
  it('step 1: the last model inside half of the bound, an eighth of the filters per iteration', async () => {
    const { exported, model } = await play((one) => 0.8 - 0.00005 * (1056 - total(one)), ['pool3'])
    expect(total(model)).toBe(1056)
    // 0.025 allows 500 filters; iterations remove 132 each: three of them.
    expect(total(exported.find((one) => one.step === 'step1')!.model)).toBe(1056 - 3 * 132)
  })

  it('step 2: only the layer before the cut, the smallest count inside the whole bound', async () => {
    const { exported } = await play(
      (one) => 0.79 - (filtersOf(one.network, 'conv7') < 8 ? 0.1 : 0),
      ['conv7', 'pool3'],
      0.05,
    )
    const step1 = exported.find((one) => one.step === 'step1')!.model
    const step2 = exported.filter((one) => one.step === 'step2')
    expect(step2.map((one) => one.point)).toEqual(['conv7', 'pool3'])
    expect(step2[0]!.model).toBe(step2[1]!.model)
    expect(filtersOf(step2[0]!.model.network, 'conv7')).toBe(8)
    for (const name of prunableLayers(step1.network)) {
      if (name !== 'conv7') expect(filtersOf(step2[0]!.model.network, name), name).toBe(filtersOf(step1.network, name))
    }
  })

  it('gives a count that breaks the bound its closing epochs before it is given up', async () => {
    const { stages } = await play((one) => 0.79 - (filtersOf(one.network, 'conv2') < 8 ? 0.1 : 0), ['pool1'])
    expect([...stages.keys()].filter((key) => key.includes('/step2/'))).toEqual([
      'two-step/step2/conv2/8',
      'two-step/step2/conv2/4',
      'two-step/step2/conv2/4/closed',
      'two-step/step2/conv2/final',
    ])
  })

  it('leaves cells empty, with the reason, where nothing can be pruned: never a copy of the baseline', async () => {
    const { exported, yielded } = await play((one) => (total(one) < 1056 ? 0.1 : 0.8), ['input', 'pool3', 'output'])
    expect(exported).toEqual([])
    const missing = yielded.flatMap((one) => (one.kind === 'missing' ? [one.missing] : []))
    expect(missing.map((one) => `${one.step}/${one.partitionPoint}`)).toEqual([
      'step1/input',
      'step1/pool3',
      'step1/output',
      'step2/pool3',
    ])
    for (const one of missing) expect(one.reason).toMatch(/bound/)
  })

  it('codes what crosses as PNG, and as JPEG of the lowest quality inside the bound, where codecs are tried', async () => {
    const { exported } = await play(() => 0.8, ['pool1', 'pool3'])
    const coded = exported.filter(({ bytes }) => bytes !== undefined)
    // 0.79 − 1/quality may be 0.05 below 0.8: quality 25 would do, 30 is the first of the series.
    expect(coded.map(({ step, point, validationAccuracy }) => [step, point, validationAccuracy])).toEqual([
      ['step2 PNG', 'pool3', 0.8],
      ['step2 JPEG 30', 'pool3', 0.79 - 1 / 30],
    ])
    expect(coded[0]!.model).toBe(exported.find(({ step, point }) => step === 'step2' && point === 'pool3')!.model)
  })

  it('sends the image at input, and the logits at output as codes like any features', async () => {
    const { exported } = await play(() => 0.8, ['input', 'conv1', 'output'])
    expect(exported.map((one) => `${one.step}/${one.point}/${one.form}`)).toEqual([
      'step1/input/uint8',
      'step1/conv1/uint8',
      'step1/output/uint8',
      'step2/conv1/uint8',
    ])
  })
})
