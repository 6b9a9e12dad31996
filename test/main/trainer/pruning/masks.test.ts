import { expect, it } from 'vitest'
import { buildNetwork } from '#common/network/architectures/index.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { random } from '#common/random.ts'
import { groupsBefore, maskChannels, restoreChannels } from '../../../../src/main/trainer/pruning/masks.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import { randomBytes, randomModel } from '../../../support/randomModel.ts'
import { referenceOutputs } from '../../../support/referenceNetwork.ts'

const options = { classes: 10, width: 1 / 16, size: 32, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }

it.each(['vgg16', 'resnet18', 'mobilenetv1'])(
  'masking channels of %s is removing them; what was masked comes back',
  (name) => {
    const model = randomModel(buildNetwork(name, options), 3)
    const { groups } = channelGroups(model.network)
    const kept = new Map(
      groups.map((group) => [
        group.name,
        [0, ...Array.from({ length: group.size }, (_, i) => i).filter((i) => i % 3 === 1)],
      ]),
    )
    const masked = maskChannels(model, kept)
    const image = randomBytes(3072, random(3, 'image'))
    const last = model.network.layers.at(-1)!.name
    const logits = (one: typeof model): Float64Array => referenceOutputs(one, image).get(last)!.data
    const [before, after, whole] = [logits(masked), logits(removeFilters(model, kept)), logits(model)]
    after.forEach((value, i) => {
      expect(before[i]).toBeCloseTo(value, 8)
    })
    expect(Math.max(...whole.map((value, i) => Math.abs(value - after[i])))).toBeGreaterThan(1e-3)
    expect(restoreChannels(masked, model, kept).weights).toEqual(model.weights)
  },
)

it('knows which channels the layers before a cut make', () => {
  const network = buildNetwork('resnet18', { ...options, width: 0.25 })
  const before = groupsBefore(network, 'layer2.1.relu')
  expect(before).toContain('layer2.0.conv1')
  expect(before.every((name) => !name.startsWith('layer3'))).toBe(true)
})
