import type { TrainingConfig } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import type { Model } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import type { Dataset } from '../data/imageSet.ts'
import { evaluate } from '../training/evaluate.ts'
import { evaluateThroughChannel, randomChannel } from '../training/evaluateChannel.ts'
import { trainModel } from '../training/train.ts'

/** How a process tells its parent what it is doing. */
export interface Reporter {
  progress(progress: Progress): void
  metric(stage: string, step: number, values: Record<string, number>): void
  log(level: 'info' | 'warn' | 'error', text: string): void
}

/** What every step on a network needs: a backend, images, a seed, the recipe of training, and a way to be cancelled. */
export interface Workshop {
  backend: Backend
  dataset: Dataset
  training: TrainingConfig
  seed: number
  signal: AbortSignal
  reporter: Reporter
}

/** Fine-tuning from fresh momentum; the rate falls from `rate` to 0 along half a cosine. Fractions of an epoch are allowed. */
export async function fineTune(
  { backend, dataset, training, seed, signal }: Workshop,
  model: Model,
  { epochs, rate, stream, teacher }: { epochs: number; rate: number; stream: string; teacher?: Model | undefined },
): Promise<Model> {
  const recipe: TrainingConfig = { ...training, schedule: { kind: 'cosine', start: rate } }
  const { model: tuned } = await trainModel(
    backend,
    model,
    dataset.train,
    { training: recipe, epochs, seed, stream, mean: dataset.mean, teacher },
    { signal },
  )
  return tuned
}

/** On the validation images; through the channel where the model has a random one. */
export async function validationAccuracy({ backend, dataset, seed, signal }: Workshop, model: Model): Promise<number> {
  if (randomChannel(model.network)) {
    return (await evaluateThroughChannel(backend, model, dataset.validation, { seed, signal })).accuracy
  }
  return (await evaluate(backend, model, dataset.validation, { signal })).accuracy
}
