import { describe, expect, it } from 'vitest'
import { codecCandidates } from '#common/experiment/codecSeries.ts'
import { profiles } from '#common/experiment/profiles.ts'
import { codebooksOf } from '#common/lookup/codebooks.ts'
import { productLayouts } from '#common/lookup/layout.ts'
import type { Model } from '#common/network/weights.ts'
import { qcnn } from '../../../../src/main/trainer/frameworks/qcnn.ts'
import { playRecipe } from '../../../support/playRecipe.ts'

const pool2 = { ...profiles.quick.codec, points: ['pool2'] }

describe('Q-CNN', () => {
  it('quantises the head alone, by weights and by responses, and gives the latter twice: as layers and as tables', async () => {
    const { exported, base, stages } = await playRecipe(qcnn, ['pool2'], pool2)
    expect(exported).toHaveLength(codecCandidates('q-cnn', pool2))
    expect(exported.map(({ step, head }) => `${step}|${head}`)).toEqual([
      '128 words, weights fitted, dense|dense',
      '128 words, responses fitted, dense|dense',
      '128 words, responses fitted, lookup|lookup',
      '32 words, weights fitted, dense|dense',
      '32 words, responses fitted, dense|dense',
      '32 words, responses fitted, lookup|lookup',
    ])
    // The two forms of one set of words come from one stored model.
    expect(new Set(stages).size).toBe(4)
    const words = ({ network, weights }: Model, layer: string) => {
      const layout = productLayouts(network, layer).find((one) => one.layer === layer)!
      return codebooksOf(layout, weights.get(`${layer}.weight`)!)?.count
    }
    for (const { model, step } of exported) {
      // At least four vectors for a word: conv1 and conv2 have 9 · 16 of them, conv3 and conv4 9 · 32.
      const most = step!.startsWith('32') ? [32, 32, 32, 32] : [32, 32, 64, 64]
      for (const [index, layer] of ['conv1', 'conv2', 'conv3', 'conv4'].entries()) {
        expect(words(model, layer)).toBeLessThanOrEqual(most[index]!)
        expect(words(model, layer)).toBeGreaterThan(most[index]! / 2)
      }
      const changed = [...model.weights].filter(([name, values]) => values !== base.model.weights.get(name))
      expect(changed.map(([name]) => name)).toEqual(
        ['conv1', 'conv2', 'conv3', 'conv4'].map((name) => `${name}.weight`),
      )
    }
    const [byWeights, asLayers, asTables] = exported.map(({ model }) => model.weights.get('conv3.weight')!)
    expect(asTables).toEqual(asLayers)
    expect(byWeights).not.toEqual(asLayers)
  })
})
