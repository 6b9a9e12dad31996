import type { Model } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import { breathe } from '../data/breathe.ts'
import type { ImageSet } from '../data/imageSet.ts'
import type { Executor } from './executor.ts'
import { createExecutor } from './executor.ts'
import { scoreLogits } from './loss.ts'

export interface Evaluation {
  /** Fraction 0..1. */
  accuracy: number
  /** Mean cross-entropy. */
  loss: number
  correct: number
}

export interface EvaluateOptions {
  signal?: AbortSignal
  batchSize?: number
}

const defaultBatch = 250

/** Accuracy and loss of a model in evaluation mode on a set. Throws `cancelled` between batches. */
export async function evaluate(
  backend: Backend,
  model: Model,
  set: ImageSet,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const executor = createExecutor(backend, model)
  try {
    return await evaluateWith(executor, set, options)
  } finally {
    executor.dispose()
  }
}

/** The same with weights that are on the backend already. */
export async function evaluateWith(
  executor: Executor,
  set: ImageSet,
  { signal, batchSize = defaultBatch }: EvaluateOptions = {},
): Promise<Evaluation> {
  const bytes = set.size * set.size * set.channels
  let lossSum = 0
  let correct = 0
  for (let at = 0; at < set.count; at += batchSize) {
    const count = Math.min(batchSize, set.count - at)
    const logits = executor.predict(set.images.subarray(at * bytes, (at + count) * bytes), count)
    const scored = scoreLogits(logits, set.labels.subarray(at, at + count))
    lossSum += scored.lossSum
    correct += scored.correct
    await breathe(signal ?? neverAborted)
  }
  return { accuracy: correct / set.count, loss: lossSum / set.count, correct }
}

const neverAborted = new AbortController().signal
