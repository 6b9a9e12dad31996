import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { totalCost } from '#common/network/cost.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { openFolder } from '../../../../src/main/trainer/data/openFolder.ts'
import { loadModel, weightsHash } from '../../../../src/main/trainer/model/store.ts'
import { loadCheckpoint } from '../../../../src/main/trainer/training/checkpoint.ts'
import { evaluate } from '../../../../src/main/trainer/training/evaluate.ts'
import { listPretrained, pretrainedFolder } from '../../../../src/main/workbench/pretrained/read.ts'
import { never } from '../../../support/images.ts'
import { dataFolder, describeWith, itWith, wholeCifar10 } from '../../../support/requires.ts'

const all = listPretrained()
/** Other processors round otherwise: an image on the border may fall to the other side. */
const onTheBorder = 2

describe('the weights that come with the program', () => {
  it('are there', () => {
    expect(all.length).toBeGreaterThan(0)
  })

  describeWith('tensorflow', 'on real images', () => {
    let backend: Backend
    beforeAll(async () => {
      backend = await loadBackend({ threads: 2 })
    })

    for (const training of all) {
      const { name, state, tests, curve, epochs } = training
      const folder = join(pretrainedFolder(), name)

      it(`${name}: are what training.json says, with the curve of every epoch`, async () => {
        expect(curve.map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs.done }, (_, index) => index + 1))
        expect(training.images.train + training.images.heldOut).toBe(training.heldOut.records)
        if (state === 'checkpoint') {
          const checkpoint = await loadCheckpoint(join(folder, 'checkpoint'))
          expect(checkpoint.epoch).toBe(epochs.done)
          expect(weightsHash(checkpoint.model)).toBe(training.weightsHash)
          expect(tests).toEqual([])
          return
        }
        expect(epochs.done).toBe(epochs.of)
        const model = await loadModel(folder)
        expect(weightsHash(model)).toBe(training.weightsHash)
        expect({ name: model.network.name, width: model.network.width }).toEqual(training.network)
        expect(totalCost(model.network).macs).toBeGreaterThan(1e6)
      })

      if (state !== 'finished' || training.dataset.name !== 'cifar-10') continue
      const countOf = async (path: string, count: number): Promise<number> => {
        const stored = await openFolder(path, 1, never)
        const images = await stored.read(
          'test',
          Int32Array.from({ length: count }, (_, at) => at),
          never,
        )
        return (await evaluate(backend, await loadModel(folder), images)).correct
      }
      const said = (count: number): number => tests.find(({ images }) => images === count)!.correct

      itWith(
        'cifar-10-small',
        `${name}: get as many of the first 500 test images right as training.json says`,
        async () => {
          const correct = await countOf(join(dataFolder, 'cifar-10-small'), 500)
          expect(Math.abs(correct - said(500))).toBeLessThanOrEqual(onTheBorder)
        },
      )

      itWith('cifar-10', `${name}: and of the first 1,000`, async () => {
        const correct = await countOf(wholeCifar10, 1000)
        expect(Math.abs(correct - said(1000))).toBeLessThanOrEqual(onTheBorder)
      })
    }
  })
})
