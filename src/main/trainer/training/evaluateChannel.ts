import type { Network } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import type { Backend } from '../backend/index.ts'
import { breathe } from '../data/breathe.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { createExecutor } from './executor.ts'
import { scoreLogits } from './loss.ts'

/** How often every image is sent where the channel is random (protocol.md: at least 10). */
export const channelDraws = 10

const batchSize = 250

/** Whether a network's link adds noise or loses bits; and the layer before the one that does. */
export const randomChannel = ({ layers }: Network): string | undefined =>
  layers.find(({ op }) => op === 'awgn' || op === 'erasure')?.inputs[0]

/**
 * Accuracy and loss of a model through its random channel at the fixed target, the mean of `channelDraws` draws. What lies
 * before the channel is computed once. Throws `cancelled` between batches, an Error where there is no such channel.
 */
export async function evaluateThroughChannel(
  backend: Backend,
  model: Model,
  set: ImageSet,
  { seed, signal }: { seed: number; signal: AbortSignal },
): Promise<{ accuracy: number; loss: number }> {
  const sent = randomChannel(model.network)
  if (!sent) throw new Error('the network has no random channel')
  const executor = createExecutor(backend, model)
  const bytes = set.size * set.size * set.channels
  let lossSum = 0
  let correct = 0
  try {
    for (let at = 0; at < set.count; at += batchSize) {
      const count = Math.min(batchSize, set.count - at)
      const features = executor
        .features(set.images.subarray(at * bytes, (at + count) * bytes), count, [sent])
        .get(sent)!
      for (let draw = 0; draw < channelDraws; draw++) {
        const draws = { share: 1, random: random(seed, 'validate', draw, at) }
        const scored = scoreLogits(executor.tail(features, count, sent, draws), set.labels.subarray(at, at + count))
        lossSum += scored.lossSum / channelDraws
        correct += scored.correct / channelDraws
      }
      await breathe(signal)
    }
  } finally {
    executor.dispose()
  }
  return { accuracy: correct / set.count, loss: lossSum / set.count }
}
