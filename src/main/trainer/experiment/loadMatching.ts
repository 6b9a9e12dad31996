import { CodedError } from '#common/errors.ts'
import type { Network } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import type { Dataset } from '../data/imageSet.ts'
import { loadModel } from '../model/store.ts'

/** A stored model that takes these images. Throws `bad-network`, and `bad-data` where it takes others. */
export async function loadMatching(folder: string, dataset: Dataset): Promise<Model> {
  const model = await loadModel(folder)
  const { classes } = model.network
  refuseOtherSize(model.network, dataset)
  if (classes !== dataset.classes) {
    throw new CodedError(
      'bad-data',
      `The model tells ${classes} classes apart; the images of ${dataset.name} have ${dataset.classes}.`,
      `Name the data that it was trained on with --data, or give it a new last layer first: splitbench train --network ${folder}.`,
    )
  }
  return model
}

/** Throws `bad-data` where the images of a data set do not have the size that a network takes. */
export function refuseOtherSize(network: Network, { name, size }: Dataset): void {
  const [input] = network.layers
  if (input?.op === 'input' && input.height === size && input.width === size) return
  throw new CodedError(
    'bad-data',
    `The model takes images of ${input?.op === 'input' ? `${input.height}×${input.width}` : 'another'} pixels; those of ${name} have ${size}×${size}.`,
    'Name images of that size with --data (image folders are resized to a multiple of 32 up to 224), or import the model with --size where its file leaves it free.',
  )
}
