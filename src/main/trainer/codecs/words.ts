import { wordSize } from '#common/network/codecLayers.ts'
import { layerNamed } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Lab } from '../frameworks/lab.ts'
import { kMeans } from '../quantisation/kMeans.ts'

/** Images whose code is looked at, and the vectors among theirs that a start is searched from. */
const images = 512
const mostVectors = 8192

/**
 * The words of a codebook where the vectors are that they are to stand for (k-means over training images): a word that no
 * vector is nearest to would never learn. Everything else stays. `layer`: the codebook's name; `stream` names the random
 * stream.
 */
export async function startWords(lab: Lab, model: Model, layer: string, stream: string): Promise<Model> {
  const book = layerNamed(model.network, layer)
  if (book.op !== 'codebook') throw new Error(`"${layer}" is no codebook`)
  const [from] = book.inputs as [string]
  const shape = inferShapes(model.network).get(from)!
  const size = wordSize(book, shape)
  const vectors = vectorsOf(await lab.features(model, from, images), size, shape.height * shape.width)
  const { words } = kMeans(vectors, size, 2 ** book.bits, lab.random(stream))
  const name = `${layer}.weight`
  const start = model.weights.get(name)!.slice()
  start.set(words)
  return { network: model.network, weights: new Map([...model.weights, [name, start]]) }
}

/** Vectors of `size` neighbouring channels from maps [N, C, positions], evenly chosen where there are very many. */
function vectorsOf(maps: Float32Array, size: number, positions: number): Float64Array {
  const total = maps.length / size
  const count = Math.min(total, mostVectors)
  const vectors = new Float64Array(count * size)
  for (let i = 0; i < count; i++) {
    const vector = Math.floor((i * total) / count)
    const start = Math.floor(vector / positions) * size * positions + (vector % positions)
    for (let c = 0; c < size; c++) vectors[i * size + c] = maps[start + c * positions]!
  }
  return vectors
}
