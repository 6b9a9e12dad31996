import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SweepConfig, SweepResult } from '#common/contract/sweep.ts'
import { CodedError } from '#common/errors.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { totalCost } from '#common/network/cost.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { loadDataset } from '../../../../src/main/trainer/data/dataset.ts'
import type { Dataset } from '../../../../src/main/trainer/data/imageSet.ts'
import { runSweep } from '../../../../src/main/trainer/experiment/sweep.ts'
import { saveModel } from '../../../../src/main/trainer/model/store.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import { evaluate } from '../../../../src/main/trainer/training/evaluate.ts'
import { initialise } from '../../../../src/main/trainer/training/initialise.ts'
import { trainModel } from '../../../../src/main/trainer/training/train.ts'
import { temporaryFolder } from '../../../support/images.ts'
import { smallVgg } from '../../../support/randomModel.ts'
import { describeWith } from '../../../support/requires.ts'

const never = new AbortController().signal
const data = { source: { kind: 'synthetic' as const }, trainImages: 256, testImages: 100, seed: 1 }
const training = { ...profiles.toy.training, batchSize: 32 }

describeWith('tensorflow', 'a sweep over criteria', () => {
  let backend: Backend
  let dataset: Dataset
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2 })
    dataset = await loadDataset(data, () => {}, never)
  })

  async function trained(folder: string) {
    const start = initialise({ ...smallVgg(0.125), mean: dataset.mean, std: dataset.std }, 1)
    const options = { training, epochs: 2, seed: 1, stream: 'sweep test', mean: dataset.mean }
    const { model } = await trainModel(backend, start, dataset.train, options)
    await saveModel(join(folder, 'model'), model)
    return model
  }

  const configOf = (folder: string): SweepConfig => ({
    ...{ model: join(folder, 'model'), pretrained: null, data, training, threads: 2 },
    ...{ criteria: ['l1', 'l2', 'random'], depths: 2, ratios: [0.5, 0.75], seeds: [1, 2] },
    ...{ steps: 2, rate: 0.01, scoreImages: 64 },
  })

  const run = (config: SweepConfig, folder: string, { stopAfter = Number.POSITIVE_INFINITY, known }: Stop = {}) => {
    const abort = new AbortController()
    let computed = 0
    const reporter = {
      metric: () => {},
      log: () => {},
      progress: ({ phase, reused }: { phase: string; reused?: boolean }) => {
        if (phase === 'sweep' && !reused && ++computed === stopAfter) abort.abort()
      },
    }
    const parts: number[] = []
    const promise = runSweep(
      { folder, config, known },
      backend,
      reporter,
      ({ cells }) => parts.push(cells.length),
      abort.signal,
    )
    return { promise, parts, computed: () => computed }
  }
  interface Stop {
    stopAfter?: number
    known?: SweepResult
  }

  it('prunes one layer at a time as the criterion says, and continues where it was stopped with the same result', async () => {
    const folder = temporaryFolder()
    const model = await trained(folder)
    const config = configOf(folder)
    const whole = run(config, join(folder, 'whole'))
    const result = await whole.promise
    expect(result.cells).toHaveLength(3 * 2 * 2 * 2)
    expect(result.depths).toEqual([
      { name: 'conv1', channels: 8 },
      { name: 'conv13', channels: 64 },
    ])
    expect(whole.parts).toEqual([3, 6, 9, 12, 15, 18, 21, 24])

    // L1 at conv1 by hand: the half of the eight filters whose absolute weights sum to the most.
    const filters = model.weights.get('conv1.weight')!
    const norms = Array.from({ length: 8 }, (_, at) =>
      filters.subarray(at * 27, (at + 1) * 27).reduce((sum, weight) => sum + Math.abs(weight), 0),
    )
    const best = [...norms.keys()]
      .sort((a, b) => norms[b]! - norms[a]!)
      .slice(0, 4)
      .sort((a, b) => a - b)
    const pruned = removeFilters(model, new Map([['conv1', best]]))
    const cell = result.cells.find(
      (one) => one.criterion === 'l1' && one.depth === 'conv1' && one.ratio === 0.5 && one.seed === 1,
    )!
    expect(cell).toMatchObject({
      channels: 4,
      ...totalCost(pruned.network),
      before: (await evaluate(backend, pruned, dataset.test)).accuracy,
    })
    expect(result.baseline.accuracy).toBe((await evaluate(backend, model, dataset.test)).accuracy)

    // Criteria that keep the same channels have the same network, hence the same accuracies.
    for (const one of result.cells) {
      const twins = result.cells.filter(
        (other) => other.kept === one.kept && other.depth === one.depth && other.ratio === one.ratio,
      )
      expect(new Set(twins.map(({ before }) => before)).size).toBe(1)
      expect(new Set(twins.filter(({ seed }) => seed === one.seed).map(({ after }) => after)).size).toBe(1)
    }

    const place = join(folder, 'stopped')
    const stopped = run(config, place, { stopAfter: 7 })
    await expect(stopped.promise).rejects.toMatchObject({ code: 'cancelled' })
    const resumed = run(config, place)
    expect((await resumed.promise).cells).toEqual(result.cells)
    expect(resumed.computed()).toBe(24 - 7)
  })

  describe('from the record of another sweep', () => {
    it('takes over its cells, and refuses one that was made otherwise', async () => {
      const folder = temporaryFolder()
      await trained(folder)
      const config: SweepConfig = { ...configOf(folder), criteria: ['l1', 'random'], ratios: [0.5], seeds: [1] }
      const first = await run(config, join(folder, 'first')).promise
      rmSync(join(folder, 'first'), { recursive: true })
      const more = run({ ...config, seeds: [1, 2] }, join(folder, 'more'), { known: first })
      const result = await more.promise
      expect(more.computed()).toBe(4)
      expect(result.cells.slice(0, 4)).toEqual(first.cells)
      const other = run({ ...config, steps: 3 }, join(folder, 'other'), { known: first })
      await expect(other.promise).rejects.toSatisfy(
        (error) => error instanceof CodedError && error.code === 'bad-data' && /other weights/.test(error.message),
      )
    })
  })
})
