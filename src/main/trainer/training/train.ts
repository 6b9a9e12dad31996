import type { TrainingConfig } from '#common/contract/config.ts'
import { CodedError } from '#common/errors.ts'
import type { Model } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import { meanColour } from '../data/augment.ts'
import { breathe } from '../data/breathe.ts'
import { startFeed } from '../data/feed/feed.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { stepsPerEpoch } from './batches.ts'
import type { Checkpoint } from './checkpoint.ts'
import { createExecutor } from './executor.ts'
import { rateAt } from './schedule.ts'

export interface TrainOptions {
  training: TrainingConfig
  /** Epochs to train; a fraction is rounded to whole steps, at least one. */
  epochs: number
  seed: number
  /** Names the random stream: shuffles and augmentation of two trainings of a run differ. */
  stream: string
  /** Of the images, per channel, 0..1: the colour that a padded crop is filled with. */
  mean: readonly number[]
  /** Whose logits of the same augmented images are to be met too (distil.ts). */
  teacher?: Model | undefined
}

export interface StepProgress {
  /** Epochs finished before this one. */
  epoch: number
  /** Steps done of this epoch, from 1. */
  step: number
  stepsPerEpoch: number
  /** Steps done of the whole training, and how many it has. */
  done: number
  total: number
  loss: number
  rate: number
}

export interface EpochStatistics {
  /** Means over the epoch's steps, on augmented images and in training mode. */
  loss: number
  accuracy: number
  /** Share of the time in which the step waited for images. */
  dataShare: number
}

export interface TrainHooks {
  onStep?(progress: StepProgress): void
  /** After every whole epoch; the checkpoint is a copy. */
  onEpoch?(checkpoint: Checkpoint, statistics: EpochStatistics): Promise<void> | void
  /** Continues after this checkpoint's epoch with the same schedule and random stream. */
  resumeFrom?: Checkpoint | undefined
  signal?: AbortSignal
}

/**
 * Trains a model by SGD on cross-entropy; the given model is not changed. Equal arguments, backend and threads give
 * bit-identical weights, interrupted or not.
 *
 * @throws CodedError `cancelled` between two steps; `trainer-failed` where the loss is no longer a number; `bad-usage`
 *   where the checkpoint belongs to another training.
 */
export async function trainModel(
  backend: Backend,
  model: Model,
  train: ImageSet,
  options: TrainOptions,
  hooks: TrainHooks = {},
): Promise<{ model: Model }> {
  const { training, seed, stream, teacher } = options
  const { momentum, nesterov, weightDecay, batchSize, augment } = training
  const { onStep, onEpoch, resumeFrom, signal = neverAborted } = hooks
  const perEpoch = stepsPerEpoch(train.count, batchSize)
  const total = Math.max(1, Math.round(options.epochs * perEpoch))
  const recipe = recipeOf(train, options)
  if (resumeFrom && resumeFrom.recipe !== recipe) {
    throw new CodedError(
      'bad-usage',
      'The checkpoint belongs to a training with other settings.',
      'Continue with the settings it was begun with, or start over with --fresh.',
    )
  }
  const executor = createExecutor(backend, resumeFrom?.model ?? model)
  const taught = teacher && createExecutor(backend, teacher)
  const batches = { batchSize, augment, fill: meanColour(options.mean), seed, stream }
  const feed = startFeed(train, batches, resumeFrom?.epoch ?? 0, Math.ceil(total / perEpoch))
  try {
    if (resumeFrom) executor.setOptimiserState(resumeFrom.velocities)
    let done = (resumeFrom?.epoch ?? 0) * perEpoch
    while (done < total) {
      const epoch = Math.floor(done / perEpoch)
      const tally = { loss: 0, correct: 0, images: 0, steps: 0 }
      const begun = performance.now()
      let dataMs = 0
      let waitingSince = begun
      for await (const { images, labels } of feed.epoch(epoch)) {
        dataMs += performance.now() - waitingSince
        const rate = rateAt(training.schedule, done, total)
        const soft = taught && { logits: taught.predict(images, labels.length) }
        const { loss, correct } = executor.trainStep(images, labels, { rate, momentum, nesterov, weightDecay }, soft)
        if (!Number.isFinite(loss)) throw diverged(done + 1, rate)
        done += 1
        tally.loss += loss
        tally.correct += correct
        tally.images += labels.length
        tally.steps += 1
        onStep?.({ epoch, step: tally.steps, stepsPerEpoch: perEpoch, done, total, loss, rate })
        await breathe(signal)
        if (done === total) break
        waitingSince = performance.now()
      }
      if (tally.steps === perEpoch && onEpoch) {
        const checkpoint = {
          model: { network: model.network, weights: executor.weights() },
          velocities: executor.optimiserState(),
          epoch: epoch + 1,
          recipe,
        }
        const dataShare = dataMs / (performance.now() - begun)
        await onEpoch(checkpoint, { loss: tally.loss / tally.steps, accuracy: tally.correct / tally.images, dataShare })
      }
    }
    return { model: { network: model.network, weights: executor.weights() } }
  } finally {
    executor.dispose()
    taught?.dispose()
    await feed.close()
  }
}

const neverAborted = new AbortController().signal

/** Everything that decides the steps besides the starting weights and the pixels. */
const recipeOf = (train: ImageSet, { training, epochs, seed, stream, mean }: TrainOptions): string =>
  JSON.stringify({ training, epochs, seed, stream, mean, images: train.count, size: train.size })

const diverged = (step: number, rate: number): CodedError =>
  new CodedError(
    'trainer-failed',
    `Training diverged: the loss is no longer a number at step ${step} (rate ${Number(rate.toPrecision(3))}).`,
    'Lower the learning rate, or check the images and labels.',
    { step, rate },
  )
