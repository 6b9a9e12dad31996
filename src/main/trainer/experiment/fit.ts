import { CodedError } from '#common/errors.ts'
import type { Model } from '#common/network/weights.ts'
import { random } from '#common/random.ts'
import { breathe } from '../data/breathe.ts'
import type { FitOptions } from '../frameworks/lab.ts'
import { stepsPerEpoch } from '../training/batches.ts'
import { createFitter } from '../training/fitter.ts'
import { rateAt } from '../training/schedule.ts'
import { batchSource } from './fitBatches.ts'
import type { Workshop } from './workshop.ts'

/**
 * Trains the named layers by Adam; the rate falls from `rate` to 0 along half a cosine. With `from`, everything up to that
 * layer stays as it is, and its output is computed once for all training images, augmented once (where the memory holds
 * it); without, every epoch runs on freshly augmented images. Equal arguments give equal weights.
 *
 * @throws CodedError `cancelled` between two steps; `trainer-failed` where the loss is no longer a number.
 */
export async function fitLayers(shop: Workshop, model: Model, options: FitOptions): Promise<Model> {
  const { backend, dataset, training, seed, signal } = shop
  const { layers, from, epochs, rate, stream, restore, teacher } = options
  const penalty = penaltyOf(model, options)
  const total = Math.max(1, Math.round(epochs * stepsPerEpoch(dataset.train.count, training.batchSize)))
  const source = await batchSource(shop, model, { from, stream, teacher })
  const fitter = createFitter(backend, model, new Set(layers))
  try {
    let done = 0
    for (let epoch = 0; done < total; epoch++) {
      for (const { given, labels, soft } of source.epoch(epoch)) {
        const noise = random(seed, stream, 'channel', done)
        const { loss } = fitter.step({
          given,
          labels,
          soft,
          rule: { rate: rateAt({ kind: 'cosine', start: rate }, done, total), weightDecay: training.weightDecay },
          draws: { share: noise.next(), random: noise },
          ...(restore === undefined ? {} : { restore }),
          ...(penalty ? { penalty } : {}),
        })
        if (!Number.isFinite(loss)) {
          throw new CodedError(
            'trainer-failed',
            `Training the codec diverged: the loss is no longer a number at step ${done + 1}.`,
            'Lower the learning rate, or check the images and labels.',
          )
        }
        done += 1
        await breathe(signal)
        if (done === total) break
      }
    }
    return { network: model.network, weights: fitter.weights() }
  } finally {
    fitter.dispose()
    source.dispose()
  }
}

/** α for every element of the penalised weights, 0 where there is none. */
function penaltyOf({ weights }: Model, { penalty }: FitOptions): Map<string, Float32Array> | undefined {
  if (!penalty) return undefined
  return new Map(
    [...penalty.scales].map(([name, elements]) => {
      const strengths = new Float32Array(weights.get(name)!.length)
      for (const element of elements) strengths[element] = penalty.alpha
      return [name, strengths]
    }),
  )
}
