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

it('a channel comes back with the statistics of before it was masked, which training has moved to 0', () => {
  const model = randomModel(buildNetwork('resnet18', options), 4)
  const { groups, channelsOf } = channelGroups(model.network)
  const kept = new Map(groups.map(({ name, size }) => [name, Array.from({ length: size }, (_, i) => i).slice(0, -1)]))
  const masked = maskChannels(model, kept)
  const moved = new Map(
    [...masked.weights].map(([name, values]) => [name, /running/.test(name) ? values.map(() => 0) : values]),
  )
  const { weights } = restoreChannels({ ...masked, weights: moved }, model, kept)
  const norms = model.network.layers.filter(({ op }) => op === 'batchnorm')
  expect(norms.length).toBeGreaterThan(0)
  for (const { name } of norms) {
    const stays = channelsOf(name).map((ref) => kept.get(ref!.group)!.includes(ref!.index))
    expect(stays).toContain(false)
    for (const suffix of ['running_mean', 'running_var']) {
      const before = model.weights.get(`${name}.${suffix}`)!
      const expected = Array.from(before, (value, channel) => (stays[channel] ? 0 : value))
      expect([...weights.get(`${name}.${suffix}`)!]).toEqual(expected)
    }
  }
})

it('knows which channels the layers before a cut make', () => {
  const network = buildNetwork('resnet18', { ...options, width: 0.25 })
  const before = groupsBefore(network, 'layer2.1.relu')
  expect(before).toContain('layer2.0.conv1')
  expect(before.every((name) => !name.startsWith('layer3'))).toBe(true)
})
