import type { FeatureSpread } from '#common/contract/trainer.ts'
import { activationsOf, channelGroups } from '#common/network/channelGroups.ts'
import type { Model } from '#common/network/weights.ts'
import type { Backend } from '../backend/index.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { createExecutor } from '../training/executor.ts'

const binCount = 40
const imageCount = 128
const batchSize = 32

export interface Spread {
  /** Values at or below 0, and per bin from 0 to `high`; counts. */
  zeros: number
  bins: Float64Array
}

/** Counts values into bins of equal width from 0 to `high`; what is larger goes into the last one. */
export function countInto({ bins, zeros }: Spread, values: Float32Array, high: number): Spread {
  const perBin = high / bins.length
  let none = zeros
  for (const value of values) {
    if (value <= 0) none += 1
    else bins[Math.min(bins.length - 1, Math.floor(value / perBin))]! += 1
  }
  return { bins, zeros: none }
}

/**
 * How the outputs of each prunable layer spread before and after pruning, over the first images of a set. The range is
 * that of the unpruned model, so that both can be laid over one another.
 */
export async function featureSpreads(
  backend: Backend,
  before: Model,
  after: Model,
  layers: readonly string[],
  images: ImageSet,
  signal: AbortSignal,
): Promise<FeatureSpread[]> {
  const unpruned = await collect(backend, before, layers, images, signal)
  const pruned = await collect(backend, after, layers, images, signal, unpruned.highs)
  return layers.map((layer) => ({
    layer,
    high: unpruned.highs.get(layer)!,
    before: shares(unpruned.spreads.get(layer)!),
    after: shares(pruned.spreads.get(layer)!),
  }))
}

async function collect(
  backend: Backend,
  model: Model,
  layers: readonly string[],
  images: ImageSet,
  signal: AbortSignal,
  given?: ReadonlyMap<string, number>,
) {
  const groups = channelGroups(model.network)
  const sites = new Map(layers.map((layer) => [layer, activationsOf(model.network, groups, layer)[0]!]))
  const highs = new Map(given)
  const spreads = new Map<string, Spread>()
  const executor = createExecutor(backend, model)
  const bytes = images.size * images.size * images.channels
  const total = Math.min(imageCount, images.count)
  try {
    for (let at = 0; at < total; at += batchSize) {
      signal.throwIfAborted()
      const count = Math.min(batchSize, total - at)
      const batch = images.images.subarray(at * bytes, (at + count) * bytes)
      const features = executor.features(batch, count, [...new Set(sites.values())])
      for (const [layer, site] of sites) {
        const values = features.get(site)!
        // The first batch of the unpruned model sets the range.
        if (!highs.has(layer)) highs.set(layer, values.reduce((most, value) => Math.max(most, value), 0) || 1)
        const spread = spreads.get(layer) ?? { zeros: 0, bins: new Float64Array(binCount) }
        spreads.set(layer, countInto(spread, values, highs.get(layer)!))
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { highs, spreads }
  } finally {
    executor.dispose()
  }
}

function shares({ zeros, bins }: Spread): FeatureSpread['before'] {
  const all = bins.reduce((sum, count) => sum + count, zeros) || 1
  return { zeros: zeros / all, bins: Array.from(bins, (count) => count / all) }
}
