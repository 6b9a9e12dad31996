import fc from 'fast-check'
import { expect, it } from 'vitest'
import { importOnnx } from '#common/formats/onnx/import/index.ts'
import { totalCost } from '#common/network/cost.ts'
import { inferShapes } from '#common/network/shapes.ts'
import { random } from '#common/random.ts'
import { exportNetwork } from '../../../../src/main/trainer/onnx/export.ts'
import { branchingNetwork } from '../../../support/branchingNetworks.ts'
import { relativeDifference, runNetwork } from '../../../support/importing.ts'
import { randomBytes, randomModel } from '../../../support/randomModel.ts'

it('what is exported is imported as what it was: layers, MACs, normalisation, logits', async () => {
  await fc.assert(
    fc.asyncProperty(branchingNetwork, fc.nat(), async (network, seed) => {
      const model = randomModel(network, seed)
      const file = exportNetwork(model)
      const imported = importOnnx(file, {
        ...{ file: 'own.onnx', name: network.name },
        external: () => {
          throw new Error('there is nothing outside of it')
        },
      })
      expect(imported.notes).toEqual(['It normalises images itself; its input is taken to be pixels from 0 to 255.'])
      const again = imported.model
      expect(totalCost(again.network).macs).toBe(totalCost(network).macs)
      for (const key of ['mean', 'std'] as const) {
        for (const [channel, value] of network[key].entries()) expect(again.network[key][channel]).toBeCloseTo(value, 5)
      }
      const { height, width } = inferShapes(network).get('input')!
      const shape = [2, 3, height, width]
      const images = randomBytes(2 * 3 * height * width, random(seed, 'images'))
      const expected = await runNetwork(file, images, shape)
      const actual = await runNetwork(exportNetwork(again), images, shape)
      expect(relativeDifference(actual, expected)).toBeLessThan(1e-4)
    }),
    { seed: 3, numRuns: 60 },
  )
})
