import { CodedError } from '#common/errors.ts'
import type { Layer, Network } from '#common/network/graph.ts'
import { layerNamed, outputLayer } from '#common/network/graph.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Dataset } from '../data/imageSet.ts'
import { loadModel } from '../model/store.ts'
import { initialise } from '../training/initialise.ts'
import { refuseOtherSize } from './loadMatching.ts'
import type { Reporter } from './workshop.ts'

/**
 * A stored model as the start of a training on other images. Where those have another number of classes its last layer
 * starts anew. Throws `bad-network`, and `bad-data` where it takes images of another size.
 */
export async function startFrom(folder: string, dataset: Dataset, seed: number, reporter: Reporter): Promise<Model> {
  const model = await loadModel(folder)
  const { network } = model
  refuseOtherSize(network, dataset)
  if (network.classes === dataset.classes) return model
  const last = lastWithWeights(network)
  reporter.log(
    'info',
    `The model tells ${network.classes} classes apart and ${dataset.name} has ${dataset.classes}: its last layer, ${last.name}, starts anew.`,
  )
  const layers = network.layers.map((layer): Layer => {
    if (layer !== last) return layer
    return layer.op === 'dense'
      ? { ...layer, outputs: dataset.classes }
      : { ...layer, op: 'conv', filters: dataset.classes }
  })
  const changed = initialise({ ...network, classes: dataset.classes, layers }, seed)
  const anew = new Set([`${last.name}.weight`, `${last.name}.bias`])
  for (const [name, values] of model.weights) if (!anew.has(name)) changed.weights.set(name, values)
  return changed
}

/** The dense layer or convolution that makes the classes: only pools and the like may stand behind it. */
function lastWithWeights(network: Network): Extract<Layer, { op: 'dense' | 'conv' }> {
  const shapes = inferShapes(network)
  const isOnePixel = ({ inputs: [from] }: Layer): boolean => {
    const { height, width } = shapes.get(from!)!
    return height === 1 && width === 1
  }
  let layer = outputLayer(network)
  const passing: ReadonlySet<Layer['op']> = new Set<Layer['op']>(['relu', 'maxpool', 'avgpool', 'adaptivepool'])
  while (passing.has(layer.op) || (layer.op === 'flatten' && isOnePixel(layer))) {
    layer = layerNamed(network, layer.inputs[0]!)
  }
  if (layer.op === 'dense' || layer.op === 'conv') return layer
  throw new CodedError(
    'bad-data',
    `The model tells ${network.classes} classes apart, and its last step (${layer.op}) cannot be made for another number.`,
    'Use images with as many classes.',
  )
}
