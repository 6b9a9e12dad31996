import { CodedError } from '#common/errors.ts'
import type { Model } from '#common/network/weights.ts'
import type { Dataset } from '../data/imageSet.ts'
import { loadModel } from '../model/store.ts'

/** A stored model that takes these images. Throws `bad-network`, and `bad-data` where it takes others. */
export async function loadMatching(folder: string, dataset: Dataset): Promise<Model> {
  const model = await loadModel(folder)
  const input = model.network.layers[0]
  if (input?.op !== 'input' || input.height !== dataset.size || model.network.classes !== dataset.classes) {
    throw new CodedError(
      'bad-data',
      `The model takes ${input?.op === 'input' ? `${input.width}×${input.height}` : 'other'} images of ${model.network.classes} classes; the data has ${dataset.size}×${dataset.size} images of ${dataset.classes} classes.`,
      'Name the data that the model was trained on with --data.',
    )
  }
  return model
}
