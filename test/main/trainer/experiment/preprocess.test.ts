import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { PreprocessingConfig } from '#common/contract/preprocessing.ts'
import { preprocessingResultSchema } from '#common/contract/preprocessing.ts'
import { operators, parseOperators } from '#common/experiment/preprocessing.ts'
import type { Network } from '#common/network/graph.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { drawnDigits } from '../../../../src/main/trainer/data/digits/digits.ts'
import { channelStatistics } from '../../../../src/main/trainer/data/statistics.ts'
import { runPreprocess } from '../../../../src/main/trainer/experiment/preprocess.ts'
import { lenet5 } from '../../../../src/main/trainer/preprocessing/lenet.ts'
import { evaluate } from '../../../../src/main/trainer/training/evaluate.ts'
import { initialise } from '../../../../src/main/trainer/training/initialise.ts'
import { trainModel } from '../../../../src/main/trainer/training/train.ts'
import { writeIdxFiles } from '../../../support/idxFiles.ts'
import { temporaryFolder } from '../../../support/images.ts'
import { describeWith } from '../../../support/requires.ts'

const never = new AbortController().signal
const silent = { progress: () => {}, metric: () => {}, log: () => {} }

describeWith('tensorflow', 'edge pre-processing', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await loadBackend({ threads: 2 })
  })

  it('drawn digits are no task for a linear classifier: below 85 %, LeNet-5 well above it', async () => {
    const [train, test] = [await drawnDigits('train', 8_000, 1, never), await drawnDigits('test', 1_000, 1, never)]
    const statistics = { classes: 10, ...channelStatistics(train) }
    const lenet = lenet5(train, statistics)
    const input = lenet.layers[0]!
    const linear: Network = {
      ...lenet,
      name: 'linear',
      layers: [
        input,
        { name: 'flatten', unit: 'fc', inputs: ['input'], op: 'flatten' },
        { name: 'fc', unit: 'fc', inputs: ['flatten'], op: 'dense', outputs: 10 },
      ],
    }
    const accuracyOf = async (network: Network, epochs: number, peak: number): Promise<number> => {
      const training = {
        ...{ epochs, batchSize: 64, momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
        schedule: { kind: 'one-cycle' as const, peak },
        augment: { crop: 0, flip: false },
      }
      const options = { training, epochs, seed: 1, stream: 'digits', mean: statistics.mean }
      const { model } = await trainModel(backend, initialise(network, 1), train, options)
      return (await evaluate(backend, model, test)).accuracy
    }
    // The best of two rates: a linear classifier that was trained badly would prove nothing.
    const best = Math.max(await accuracyOf(linear, 8, 0.002), await accuracyOf(linear, 8, 0.02))
    expect(best).toBeGreaterThan(0.3)
    expect(best).toBeLessThan(0.85)
    expect(await accuracyOf(lenet, 3, 0.05)).toBeGreaterThan(best + 0.08)
  })

  it('learns every operator from IDX files, trains on what it gives, and continues where it stopped', async () => {
    const [data, folder] = [temporaryFolder(), temporaryFolder()]
    writeIdxFiles(data, await drawnDigits('train', 600, 2, never), await drawnDigits('test', 200, 2, never))
    const names = parseOperators('raw,pca-32,pool-4,median-pool-2,autoencoder-32')
    const config: PreprocessingConfig = {
      source: { kind: 'files', path: data },
      operators: names,
      ...{ images: [300, 600], testImages: 200, seeds: [1], epochs: 4, batchSize: 20, threads: 2 },
    }
    const sizes: number[] = []
    const result = await runPreprocess(
      { folder, config },
      backend,
      silent,
      ({ cells }) => sizes.push(cells.length),
      never,
    )
    expect(preprocessingResultSchema.parse(result)).toEqual(result)
    expect(sizes).toEqual([names.length, 2 * names.length])
    expect(result.dataset).toMatchObject({ name: 'idx', train: 600, test: 200 })
    for (const { operator, images, accuracy, trainS, serverMacs } of result.cells) {
      // Few images teach little; what carries most is above chance all the same.
      if (images === 600 && (operator === 'raw' || operator === 'pca-32')) expect(accuracy).toBeGreaterThan(0.2)
      expect(trainS).toBeGreaterThan(0)
      expect(serverMacs).toBeGreaterThan(operators[operator].bytes)
    }
    const stop = new AbortController()
    stop.abort()
    const again = await runPreprocess({ folder, config }, backend, silent, () => {}, stop.signal)
    expect(again).toEqual(result)
    expect(existsSync(join(folder, 'stages', 'cell+raw+300+1.json'))).toBe(true)
  })
})
