import { z } from 'zod'
import type { Model } from '#common/network/weights.ts'
import { decodeWeights, encodeWeights, loadModel, readPart, saveModel } from '../model/store.ts'

/** A training after a whole epoch: all that is needed to continue as if it had not been interrupted. */
export interface Checkpoint {
  model: Model
  /** Momentum buffers by weight, in file layout. */
  velocities: Map<string, Float32Array>
  /** Epochs done. */
  epoch: number
  /** Settings of the training it belongs to; only equal ones may continue it. */
  recipe: string
}

const optimiserFile = 'optimiser.safetensors'
const stateFile = 'state.json'
const stateSchema = z.object({ protocol: z.literal(1), epoch: z.number().int().nonnegative(), recipe: z.string() })

/** Writes a model folder with `optimiser.safetensors` and `state.json`, complete or not at all. */
export async function saveCheckpoint(folder: string, { model, velocities, epoch, recipe }: Checkpoint): Promise<void> {
  await saveModel(folder, model, {
    [optimiserFile]: encodeWeights(model.network, velocities),
    [stateFile]: `${JSON.stringify({ protocol: 1, epoch, recipe })}\n`,
  })
}

/** @throws CodedError `bad-network` where a part is missing or damaged. */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  const model = await loadModel(folder)
  const velocities = await readPart(folder, optimiserFile, decodeWeights)
  const { epoch, recipe } = await readPart(folder, stateFile, (bytes) =>
    stateSchema.parse(JSON.parse(new TextDecoder().decode(bytes))),
  )
  return { model, velocities, epoch, recipe }
}
