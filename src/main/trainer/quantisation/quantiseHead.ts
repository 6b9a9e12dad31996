import type { Codebooks } from '#common/lookup/codebooks.ts'
import { reconstruct } from '#common/lookup/codebooks.ts'
import type { ProductLayout } from '#common/lookup/layout.ts'
import { productLayouts } from '#common/lookup/layout.ts'
import { layerNamed } from '#common/network/graph.ts'
import { elements, inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Random } from '#common/random.ts'
import { nearestBooks, wordsFor } from './books.ts'
import { chosenPositions, patchesOf, samplingOf } from './patches.ts'
import { respond } from './respond.ts'
import { collectResponses, matrixOf, responseError } from './responses.ts'

/** How the words of a layer are chosen: near the weights (k-means), or so that the layer responds as before. */
export type Fit = 'weights' | 'responses'

export interface QuantisingOptions {
  /** Words of a subspace, at most. */
  words: number
  fit: Fit
  /** A seeded stream of random numbers. */
  random(stream: string): Random
  /** Outputs of a layer for so many training images, [count, C, H, W]. */
  features(model: Model, layer: string, count: number): Promise<Float32Array>
  /** Called after every layer with the share of the responses' mean square that is lost; null where nobody looked. */
  onLayer(layer: string, words: number, error: number | null): void
}

/**
 * Product quantisation of all convolutions and dense layers up to and including `last`, in network order (Q-CNN, Wu et al.,
 * CVPR 2016; frameworks.md §14): the model with the words in place of its weights. Responses are learned from what the
 * layers below give once they are quantised themselves, so that their errors do not add up. Layers with too few weights
 * for a codebook stay.
 */
export async function quantiseHead(base: Model, last: string, options: QuantisingOptions): Promise<Model> {
  let quantised = base
  for (const layout of productLayouts(base.network, last)) {
    const count = wordsFor(layout, options.words)
    if (count === undefined) continue
    const name = `${layout.layer}.weight`
    const weights = base.weights.get(name)!
    const nearest = nearestBooks(layout, weights, count, options.random(`${layout.layer}/words`))
    const books =
      options.fit === 'weights' ? nearest : await fitResponses(layout, { base, quantised, nearest }, options)
    if (options.fit === 'weights') options.onLayer(layout.layer, count, null)
    quantised = { ...quantised, weights: new Map([...quantised.weights, [name, reconstruct(layout, books)]]) }
  }
  return quantised
}

async function fitResponses(
  layout: ProductLayout,
  { base, quantised, nearest }: { base: Model; quantised: Model; nearest: Codebooks },
  { features, random, onLayer }: QuantisingOptions,
): Promise<Codebooks> {
  const { network, weights } = base
  const layer = layerNamed(network, layout.layer)
  const shapes = inferShapes(network)
  const [input, output] = [shapes.get(layer.inputs[0]!)!, shapes.get(layer.name)!]
  const rows = layout.inputs * layout.taps
  const positions = elements(output) / layout.outputs
  const { images, perImage } = samplingOf(rows, positions)
  const chosen = chosenPositions(images, perImage, positions, random(`${layout.layer}/positions`))
  const read = async (model: Model): Promise<Float32Array> =>
    patchesOf(layout, layer, await features(model, layer.inputs[0]!, images), input, output.width, chosen)
  const original = await read(base)
  const below = quantised === base ? original : await read(quantised)
  const matrix = matrixOf(layout, weights.get(`${layout.layer}.weight`)!)
  const responses = collectResponses(below, original, matrix, { rows, outputs: layout.outputs })
  const books = respond(layout, nearest, responses)
  onLayer(layout.layer, books.count, responseError(responses, matrixOf(layout, reconstruct(layout, books))))
  return books
}
