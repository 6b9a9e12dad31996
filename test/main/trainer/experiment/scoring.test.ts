import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { CriterionName } from '#common/experiment/criteria.ts'
import { criterionNames } from '#common/experiment/criteria.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../../../../src/main/trainer/backend/index.ts'
import { loadBackend } from '../../../../src/main/trainer/backend/index.ts'
import { loadDataset } from '../../../../src/main/trainer/data/dataset.ts'
import type { Dataset } from '../../../../src/main/trainer/data/imageSet.ts'
import { scoreGroups } from '../../../../src/main/trainer/experiment/scoring.ts'
import type { Workshop } from '../../../../src/main/trainer/experiment/workshop.ts'
import { keepShare } from '../../../../src/main/trainer/pruning/ranking.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import { createExecutor } from '../../../../src/main/trainer/training/executor.ts'
import { initialise } from '../../../../src/main/trainer/training/initialise.ts'
import { masked } from '../../../support/masking.ts'
import { dataFolder, describeWith } from '../../../support/requires.ts'
import { expectClose } from '../../../support/trainingChecks.ts'

describeWith('tensorflow', 'scores of real images', () => {
  describeWith('cifar-10-small', 'on CIFAR-10', () => {
    let backend: Backend
    let dataset: Dataset
    let shop: Workshop
    beforeAll(async () => {
      backend = await loadBackend({ threads: 2 })
      dataset = await loadDataset(
        {
          source: { kind: 'files', path: join(dataFolder, 'cifar-10-small') },
          trainImages: 256,
          testImages: 32,
          seed: 1,
        },
        () => {},
        new AbortController().signal,
      )
      shop = {
        backend,
        dataset,
        training: profiles.toy.training,
        seed: 1,
        signal: new AbortController().signal,
        reporter: { progress: () => {}, metric: () => {}, log: () => {} },
      }
    })

    const build = (name: string, width: number): Model =>
      initialise(buildNetwork(name, { classes: 10, width, size: 32, mean: dataset.mean, std: dataset.std }), 1)
    const predict = (model: Model): Float32Array => {
      const executor = createExecutor(backend, model)
      const logits = executor.predict(dataset.test.images.subarray(0, 8 * 3072), 8)
      executor.dispose()
      return logits
    }

    it.each(['vgg16', 'resnet18', 'mobilenetv1', 'mobilenetv2'])(
      'every criterion prunes %s; what is removed computes what is masked, to 1e-4',
      async (name) => {
        const model = build(name, 0.125)
        const groups = channelGroups(model.network).groups.map((group) => group.name)
        for (const criterion of criterionNames) {
          // One pass for every channel: two groups show it.
          const few = criterion === 'feature-bias-empirical' ? groups.slice(0, 2) : groups
          const scores = await scoreGroups(shop, model, few, {
            criterion,
            images: 32,
            stream: 'test',
            flopsRegulariser: 0,
          })
          const kept = keepShare(scores, 0.5)
          expectClose(
            predict(removeFilters(model, kept)),
            predict(masked(model, kept)),
            1e-4,
            `${name} by ${criterion}`,
          )
        }
      },
    )

    it('Taylor, CHIP and feature bias find planted channels: faint noise that the rest of the network ignores', async () => {
      const model = build('vgg16', 0.25)
      const name = 'conv3'
      const channels = 32
      const planted = [...random(9, 'planted').shuffle(Int32Array.from({ length: channels }, (_, i) => i))].slice(
        0,
        channels / 2,
      )
      const scale = model.weights.get(`${name}.bn.weight`)!
      const readers = model.weights.get('conv4.weight')!
      for (const channel of planted) {
        scale[channel]! *= 0.02
        for (let out = 0; out < 32; out++) {
          readers
            .subarray((out * channels + channel) * 9, (out * channels + channel + 1) * 9)
            .forEach((value, at, row) => {
              row[at] = 0.02 * value
            })
        }
      }
      for (const criterion of ['taylor', 'taylor-epoch', 'chip', 'feature-bias'] satisfies CriterionName[]) {
        const scores = await scoreGroups(shop, model, [name], {
          criterion,
          images: 64,
          stream: 'test',
          flopsRegulariser: 0,
        })
        const stay = new Set(keepShare(scores, 0.5).get(name))
        const found = planted.filter((channel) => !stay.has(channel)).length
        expect(found / planted.length, criterion).toBeGreaterThanOrEqual(0.9)
      }
    })
  })
})
