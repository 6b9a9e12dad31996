import { describe, expect, it } from 'vitest'
import { profiles } from '#common/experiment/profiles.ts'
import { prunableLayers } from '#common/network/prunable.ts'
import type { Model } from '#common/network/weights.ts'
import type { Design } from '../../../../src/main/trainer/frameworks/auto/designs.ts'
import { structures, variants } from '../../../../src/main/trainer/frameworks/auto/designs.ts'
import { auto, finalists } from '../../../../src/main/trainer/frameworks/auto.ts'
import { groupsBefore } from '../../../../src/main/trainer/pruning/masks.ts'
import { filtersOf } from '../../../../src/main/trainer/pruning/ranking.ts'
import { playRecipe, pointOf } from '../../../support/playRecipe.ts'
import { randomModel, smallVgg } from '../../../support/randomModel.ts'

const { codec } = profiles.quick
const points = ['pool2', 'pool3', 'output']
const filters = ({ network }: Model, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + filtersOf(network, name), 0)
const early = ['conv1', 'conv2', 'conv3', 'conv4']
const codeOf = ({ network: { layers } }: Model): { width: number; bits: number } | null => {
  const conv = layers.find(({ name }) => name.endsWith('encoder.conv'))
  const wire = layers.find(({ op }) => op === 'quantise')
  return conv && wire ? { width: (conv as { filters: number }).filters, bits: (wire as { bits: number }).bits } : null
}

/** Half of the early filters cost 2 points, a code below 4 channels 4 points, one below 8 bits 2 points. */
const accuracy = (model: Model): number => {
  const code = codeOf(model)
  const pruned = filters(model, early) < 48
  return 0.8 - (pruned ? 0.02 : 0) - (code && code.width < 4 ? 0.04 : 0) - (code && code.bits < 8 ? 0.02 : 0)
}
const play = (
  maxLoss: number,
  epochs = 400,
  change: (model: Model, key: string) => number = accuracy,
  { heads = ['dense'], int8 }: { heads?: readonly ('dense' | 'int8')[]; int8?: { time: number; loss: number } } = {},
) =>
  playRecipe(auto, points, codec, smallVgg(0.25), {
    accuracy: change,
    options: { maxLoss, auto: { keeps: [1, 0.5], epochs, finalists: 3, heads: [...heads] } },
    ...(int8 && { int8 }),
  })

describe('auto', () => {
  it('has every cut, pruning, width and number of bits of the published frameworks, each once', () => {
    const base = { points: [] }
    const heads: ('dense' | 'int8')[] = ['dense', 'int8']
    const options = { codec: { ...codec, points: null }, auto: { keeps: [1, 0.5], epochs: 1, finalists: 1, heads } }
    expect(structures(base, options)).toEqual([])
    const shape = { channels: 64, height: 4, width: 4 }
    const named = [
      { name: 'pool3', shape },
      { name: 'output', shape: { channels: 10, height: 1, width: 1 } },
    ]
    const found = structures({ points: named as never }, options)
    const ids = ['pool3/none-1', 'pool3/head-0.5', 'pool3/all-0.5', 'output/none-1', 'output/all-0.5']
    // The whole unpruned network in float32 is only-splitting's.
    const searched = ids.flatMap((id) => [id, `${id}/int8`]).filter((id) => id !== 'output/none-1')
    expect(found.map(({ id }) => id)).toEqual(searched)
    const all = found.flatMap((one) => variants(one, options))
    expect(all).toHaveLength(2 * (3 * codec.widths.length * codec.bits.length + 1) + 1)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(new Set(all.map(({ knobs }) => knobs.length))).toEqual(new Set([5]))
  })

  it('yields what stays inside the bound only, the fastest of it first, coded in two ways', async () => {
    const { exported, base } = await play(0.05)
    expect(exported.length).toBeGreaterThan(0)
    for (const { model, validationAccuracy } of exported) {
      expect(0.8 - validationAccuracy).toBeLessThanOrEqual(0.05)
      expect(accuracy(model)).toBe(validationAccuracy)
    }
    const [first] = exported
    // The device is the slow one: the whole network there costs its MACs, half of all filters less than half of the head's.
    expect(first).toMatchObject({ step: expect.stringMatching(/0\.5 of all filters/) })
    const layers = prunableLayers(base.model.network)
    expect(filters(first!.model, layers)).toBeLessThan(0.6 * filters(base.model, layers))
    for (const name of layers) expect(filtersOf(first!.model.network, name) % 8).toBe(0)
    const coded = exported.filter(({ model }) => codeOf(model))
    expect(coded.length).toBeGreaterThan(0)
    expect(coded.filter(({ bytes }) => bytes?.compressor === 'range')).toHaveLength(coded.length / 2)
    expect(new Set(exported.map(({ step, point, bytes }) => `${step} ${point} ${bytes?.compressor}`)).size).toBe(
      exported.length,
    )
  })

  it('prunes the head alone or everything, as the design says', async () => {
    // Pruning behind the cut ruins the network: the head may be pruned, the rest may not.
    const { exported, base } = await play(0.05, 400, (model) =>
      filters(model, ['conv10']) < filters(base0, ['conv10']) ? 0.1 : accuracy(model),
    )
    const headOnly = exported.filter(({ step }) => step!.includes("the head's"))
    expect(headOnly.length).toBeGreaterThan(0)
    for (const one of headOnly) {
      const head = groupsBefore(base.model.network, one.point)
      expect(filters(one.model, head)).toBeLessThan(filters(base.model, head))
      // No fewer than half: counts are rounded up.
      expect(filters(one.model, head)).toBeGreaterThanOrEqual(filters(base.model, head) / 2)
      expect(filtersOf(one.model.network, 'conv10')).toBe(filtersOf(base.model.network, 'conv10'))
      expect(pointOf(one).headMacs).toBeLessThan(base.points.find(({ name }) => name === one.point)!.headMacs)
    }
    expect(exported.some(({ step }) => step!.includes('of all'))).toBe(false)
  })

  it('knows the times before it trains, and trains no more than its budget', async () => {
    const { fits, timed, stages } = await play(0.05, 10)
    expect(timed.length).toBeGreaterThanOrEqual(structureCount)
    const prunings = new Set(stages.filter((key) => /^auto\/pruned\/[^/]+$/.test(key))).size
    const spent = fits.reduce((sum, { epochs }) => sum + epochs, 0) + prunings * codec.pruneEpochs
    expect(fits.length).toBeGreaterThan(0)
    expect(spent).toBeLessThanOrEqual(10)
    // A little more would not have been enough for another trial.
    expect(spent).toBeGreaterThan(10 - codec.pruneEpochs - codec.frozenEpochs)
  })

  it('has the whole unpruned network with an int8 head at once, without training, and never in float32', async () => {
    const { exported, fits } = await play(0.05, 1, accuracy, {
      ...{ heads: ['dense', 'int8'], int8: { time: 0.1, loss: 0.01 } },
    })
    expect(fits).toEqual([])
    expect(exported.map(({ point, step, head, untouched }) => ({ point, step, head, untouched }))).toEqual([
      { point: 'output', step: 'unpruned, int8 head', head: 'int8', untouched: true },
    ])
  })

  it('gives what is left of its budget to the finalists, and keeps the better of short and long', async () => {
    const learns = (model: Model, key: string): number => accuracy(model) + (/(joint|further)$/.test(key) ? 0.015 : 0)
    const rich = await play(0.05, 400, learns)
    expect(rich.exported.length).toBeGreaterThan(0)
    for (const { model, validationAccuracy } of rich.exported) {
      expect(validationAccuracy).toBeCloseTo(accuracy(model) + 0.015, 9)
    }
    const harmed = (model: Model, key: string): number => accuracy(model) - (/(joint|further)$/.test(key) ? 0.015 : 0)
    for (const { model, validationAccuracy } of (await play(0.05, 400, harmed)).exported) {
      expect(validationAccuracy).toBeCloseTo(accuracy(model), 9)
    }
  })

  it('lets criteria race for every pruning', async () => {
    const { stages } = await play(0.05)
    for (const key of new Set(stages.filter((one) => /^auto\/pruned\/[^/]+$/.test(one)))) {
      expect(stages.filter((one) => one.startsWith(`${key}/`)).map((one) => one.slice(key.length + 1))).toEqual(
        expect.arrayContaining(['taylor', 'l1', 'feature-bias']),
      )
    }
  })

  const withInt8 = (time: number, loss: number) =>
    play(0.05, 400, accuracy, { heads: ['dense', 'int8'], int8: { time, loss } })
  /** Of what was trained: the whole unpruned network has no float head beside its int8 one in this search. */
  const headsOf = ({ exported }: Awaited<ReturnType<typeof play>>) =>
    new Set(exported.filter(({ untouched }) => !untouched).map(({ head }) => head))

  it('takes an int8 head where it is faster and stays inside the bound, and the float head beside it', async () => {
    const { exported } = await withInt8(0.4, 0.001)
    const [first] = exported
    expect(first).toMatchObject({ head: 'int8', step: expect.stringMatching(/, int8 head$/) })
    const trained = exported.filter(({ untouched }) => !untouched)
    const twins = trained.filter(({ head }) => head === 'int8')
    expect(twins).toHaveLength(trained.length / 2)
    for (const one of twins) {
      const float = exported.find(
        ({ head, step, point, bytes }) =>
          head === 'dense' &&
          `${step}, int8 head` === one.step &&
          point === one.point &&
          bytes?.compressor === one.bytes?.compressor,
      )
      expect(float?.model).toBe(one.model)
      expect(float!.validationAccuracy - one.validationAccuracy).toBeCloseTo(0.001, 9)
    }
  })

  it('leaves int8 heads where they are slower or lose too much', async () => {
    expect(headsOf(await withInt8(1.2, 0))).toEqual(new Set(['dense']))
    expect(headsOf(await withInt8(0.4, 0.06))).toEqual(new Set(['dense']))
  })

  it('trains once for both heads of a design', async () => {
    const { fits } = await withInt8(0.4, 0.001)
    const streams = fits.map(({ stream }) => stream)
    expect(new Set(streams).size).toBe(streams.length)
    // Joint training has a rung of its own; no stream names a head.
    expect(streams.some((stream) => stream.includes('int8'))).toBe(false)
  })

  it('says what came nearest where nothing fits', async () => {
    const { exported, yielded } = await play(0.01, 400, (model) => (codeOf(model) ? 0.75 : 0.7))
    expect(exported).toEqual([])
    expect(yielded).toEqual([
      {
        kind: 'missing',
        missing: expect.objectContaining({
          framework: 'auto',
          reason: expect.stringMatching(
            /no design for 1mbps stayed inside the accuracy bound: the nearest, .* loses 5/,
          ),
        }),
      },
    ])
  })

  it('keeps one finalist of every cut and pruning', () => {
    const trial = (name: string, keep: number, latencyMs: number) => ({
      arm: { point: { name }, region: 'all', keep } as Design,
      ...{ latencyMs, rung: 0, loss: 0 },
    })
    const all = [trial('a', 0.5, 1), trial('a', 0.5, 2), trial('b', 0.5, 3), trial('a', 1, 4), trial('c', 1, 5)]
    expect(finalists(all, 3).map(({ latencyMs }) => latencyMs)).toEqual([1, 3, 4])
    const untrained = trial('output', 1, 6)
    Object.assign(untrained.arm, { code: null, region: 'none' })
    expect(finalists([...all, untrained], 2).map(({ latencyMs }) => latencyMs)).toEqual([1, 3, 6])
    expect(finalists([untrained, ...all], 1)).toEqual([untrained])
  })
})

const base0 = randomModel(smallVgg(0.25), 1)
/** Two cuts unpruned and pruned in two regions, and the whole network pruned. */
const structureCount = 7
