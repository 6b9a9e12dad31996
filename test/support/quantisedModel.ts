import { reconstruct } from '#common/lookup/codebooks.ts'
import { productLayouts } from '#common/lookup/layout.ts'
import type { Network } from '#common/network/graph.ts'
import { outputLayer } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { nearestBooks, wordsFor } from '../../src/main/trainer/quantisation/books.ts'
import { randomModel } from './randomModel.ts'

/** A model with random weights, in which every layer up to `last` that can have `words` words has them. */
export function quantisedModel(network: Network, words: number, seed = 1, last = outputLayer(network).name): Model {
  const model = randomModel(network, seed)
  const weights = new Map(model.weights)
  for (const layout of productLayouts(network, last)) {
    const count = wordsFor(layout, words)
    if (count === undefined) continue
    const name = `${layout.layer}.weight`
    weights.set(name, reconstruct(layout, nearestBooks(layout, weights.get(name)!, count, random(seed, name))))
  }
  return { network, weights }
}
