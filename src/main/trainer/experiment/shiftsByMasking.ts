import { channelGroups } from '#common/network/channelGroups.ts'
import type { Network } from '#common/network/graph.ts'
import { outputLayer } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import { breathe } from '../data/breathe.ts'
import { maskChannels } from '../pruning/masks.ts'
import { createExecutor } from '../training/executor.ts'
import type { Workshop } from './workshop.ts'

type Batches = () => Iterable<{ batch: Uint8Array; count: number }>

/**
 * How far every channel of a group, masked in turn, moves the means of what normalisation gives behind it, in evaluation
 * mode: Σ |mean(y) − mean(y masked)| over those layers up to `until` and their channels, the masked channel itself apart
 * (SAFBMP's Eq. 4 and 12 measured, frameworks.md §11.4, reading B). Where no normalisation is left up to there, the next
 * one behind counts, or else the output. One pass over the images for each channel.
 *
 * @throws CodedError `cancelled` between two batches.
 */
export async function shiftsByMasking(
  shop: Workshop,
  model: Model,
  group: string,
  batches: Batches,
  { until }: { until?: string | undefined },
): Promise<Float32Array> {
  const { groups, channelsOf } = channelGroups(model.network)
  const { size } = groups.find(({ name }) => name === group)!
  const layers = layersBehind(model.network, group, until)
  const all = Array.from({ length: size }, (_, index) => index)
  const whole = await meansOf(shop, model, layers, batches)
  const shifts = new Float32Array(size)
  for (const index of all) {
    const masked = maskChannels(model, new Map([[group, all.filter((one) => one !== index)]]))
    const means = await meansOf(shop, masked, layers, batches)
    let sum = 0
    for (const layer of layers) {
      const [before, behind] = [whole.get(layer)!, means.get(layer)!]
      for (const [channel, ref] of channelsOf(layer).entries()) {
        if (ref?.group === group && ref.index === index) continue
        sum += Math.abs(before[channel]! - behind[channel]!)
      }
    }
    shifts[index] = sum
  }
  return shifts
}

/** The normalisations behind the first of the group's own. */
function layersBehind(network: Network, group: string, until: string | undefined): string[] {
  const { channelsOf } = channelGroups(network)
  const places = network.layers.flatMap(({ name, op }, at) => (op === 'batchnorm' ? [{ name, at }] : []))
  const own = places.find(({ name }) => channelsOf(name).some((ref) => ref?.group === group))
  const made = own?.at ?? network.layers.findIndex(({ name }) => name === group)
  const behind = places.filter(({ at }) => at > made)
  const last = until === undefined ? network.layers.length : network.layers.findIndex(({ name }) => name === until)
  const within = behind.filter(({ at }) => at <= last)
  const counted = within.length > 0 ? within : behind.slice(0, 1)
  return counted.length > 0 ? counted.map(({ name }) => name) : [outputLayer(network).name]
}

async function meansOf({ backend, signal }: Workshop, model: Model, layers: readonly string[], batches: Batches) {
  const executor = createExecutor(backend, model)
  try {
    const sums = new Map<string, Float64Array>()
    let images = 0
    for (const { batch, count } of batches()) {
      for (const [layer, means] of executor.channelMeans(batch, count, layers)) {
        const sum = sums.get(layer) ?? new Float64Array(means.length)
        for (const [channel, value] of means.entries()) sum[channel]! += value * count
        sums.set(layer, sum)
      }
      images += count
      await breathe(signal)
    }
    return new Map([...sums].map(([layer, sum]) => [layer, sum.map((value) => value / images)]))
  } finally {
    executor.dispose()
  }
}
