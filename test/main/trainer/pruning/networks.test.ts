import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { architectureNames, buildNetwork } from '#common/network/architectures/index.ts'
import { channelGroups } from '#common/network/channelGroups.ts'
import { totalCost } from '#common/network/cost.ts'
import { inferShapes } from '#common/network/shapes.ts'
import { assertWeightsFit } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { countOnnx } from '../../../../src/main/trainer/onnx/cost.ts'
import { exportNetwork } from '../../../../src/main/trainer/onnx/export.ts'
import { removeFilters } from '../../../../src/main/trainer/pruning/surgery.ts'
import { relativeDifference, runNetwork } from '../../../support/importing.ts'
import { masked } from '../../../support/masking.ts'
import { randomBytes, randomModel } from '../../../support/randomModel.ts'

/** frameworks.md §6, on the networks themselves: random groups lose a random share of their channels. */
describe('random groups of every network, pruned at random ratios', () => {
  for (const name of architectureNames) {
    it(`${name}: shapes fit, a mask computes the same, and the file has the MACs that are reported`, async () => {
      const network = buildNetwork(name, {
        ...{ classes: 10, width: 0.125, size: 32 },
        ...{ mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] },
      })
      const model = randomModel(network, 3)
      const { groups } = channelGroups(network)
      const images = randomBytes(2 * 3 * 32 * 32, random(5, 'images'))
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.double({ min: 0, max: 0.9, noNaN: true }), async (seed, share) => {
          const rng = random(seed, 'groups')
          const kept = new Map(
            groups
              .filter(() => rng.next() < 0.6)
              .map(({ name, size }) => {
                const stay = [...Array(size).keys()].filter(() => rng.next() >= share)
                return [name, stay.length > 0 ? stay : [rng.below(size)]]
              }),
          )
          const pruned = removeFilters(model, kept)
          assertWeightsFit(pruned)
          const shapes = inferShapes(pruned.network)
          for (const { name } of channelGroups(pruned.network).groups) {
            const stay = kept.get(name)
            const size = groups.find((group) => group.name === name)!.size
            expect(channelGroups(pruned.network).groups.find((group) => group.name === name)!.size).toBe(
              stay?.length ?? size,
            )
          }
          expect(shapes.get(network.layers.at(-1)!.name)).toEqual({ channels: 10, height: 1, width: 1 })

          const file = exportNetwork(pruned)
          expect(countOnnx(file).macs).toBe(totalCost(pruned.network).macs)
          const expected = await runNetwork(exportNetwork(masked(model, kept)), images, [2, 3, 32, 32])
          expect(relativeDifference(await runNetwork(file, images, [2, 3, 32, 32]), expected)).toBeLessThan(1e-4)
        }),
        { seed: 11, numRuns: 8 },
      )
    })
  }
})
