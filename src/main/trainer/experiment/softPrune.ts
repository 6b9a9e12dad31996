import { channelGroups } from '#common/network/channelGroups.ts'
import type { Model } from '#common/network/weights.ts'
import { normalised } from '../pruning/criteria/criterion.ts'
import { keepBest } from '../pruning/ranking.ts'
import type { Kept } from '../pruning/surgery.ts'
import { scoreGroups } from './scoring.ts'
import type { Workshop } from './workshop.ts'
import { fineTune } from './workshop.ts'

/**
 * Soft filter pruning (SFP, He et al. 2018; frameworks.md §13): after every epoch the filters with the smallest L2 norms
 * are set to zero, and all of them go on being trained, so that a filter may come back. The caller removes afterwards.
 */
export async function softPrune(
  shop: Workshop,
  model: Model,
  groups: readonly string[],
  { remove, epochs, rate, stream }: { remove: number; epochs: number; rate: number; stream: string },
): Promise<Model> {
  let current = model
  for (let epoch = 1; epoch <= Math.max(1, Math.round(epochs)); epoch++) {
    const key = `${stream}/soft-${epoch}`
    current = await fineTune(shop, current, { epochs: 1, rate, stream: key })
    const scores = await scoreGroups(shop, current, groups, {
      criterion: 'l2',
      images: 0,
      stream: key,
      flopsRegulariser: 0,
    })
    const perLayer = new Map([...scores].map(([name, values]) => [name, normalised(values)]))
    current = zeroFilters(current, keepBest(perLayer, remove))
  }
  return current
}

/** The filters of all channels that do not stay, with their biases, as zeros; shapes stay. */
export function zeroFilters({ network, weights }: Model, kept: Kept): Model {
  const { channelsOf } = channelGroups(network)
  const copy = new Map([...weights].map(([name, values]) => [name, values.slice()]))
  for (const { name, op } of network.layers) {
    if (op !== 'conv' && op !== 'dense') continue
    const channels = channelsOf(name)
    for (const suffix of ['weight', 'bias']) {
      const values = copy.get(`${name}.${suffix}`)
      if (!values) continue
      const size = values.length / channels.length
      for (const [channel, ref] of channels.entries()) {
        const stay = ref && kept.get(ref.group)
        if (stay && !stay.includes(ref.index)) values.fill(0, channel * size, (channel + 1) * size)
      }
    }
  }
  return { network, weights: copy }
}
