import { channelGroups } from '#common/network/channelGroups.ts'
import type { Network } from '#common/network/graph.ts'
import type { Kept } from './surgery.ts'

/** Groups of channels that convolutions make and that may be pruned, by name, in order. */
export function prunableLayers(network: Network): string[] {
  const convolutions = new Set(network.layers.filter(({ op }) => op === 'conv').map(({ name }) => name))
  return channelGroups(network)
    .groups.filter(({ producers }) => producers.some((name) => convolutions.has(name)))
    .map(({ name }) => name)
}

/** Channels of a group. Throws where there is none of that name. */
export function filtersOf(network: Network, name: string): number {
  const group = channelGroups(network).groups.find((one) => one.name === name)
  if (!group) throw new Error(`"${name}" is not a group of channels that can be pruned`)
  return group.size
}

/**
 * Ranks the channels of all layers jointly and drops the `remove` lowest, leaving at least one in every layer.
 * Ties go by layer order, then by channel, so that equal scores give equal networks.
 */
export function keepBest(scores: ReadonlyMap<string, Float32Array>, remove: number): Kept {
  const ranked = [...scores].flatMap(([layer, values], order) =>
    Array.from(values, (score, channel) => ({ layer, order, channel, score })),
  )
  ranked.sort((a, b) => a.score - b.score || a.order - b.order || a.channel - b.channel)
  const left = new Map([...scores].map(([layer, values]) => [layer, values.length]))
  const dropped = new Map<string, Set<number>>([...scores.keys()].map((layer) => [layer, new Set()]))
  let removed = 0
  for (const { layer, channel } of ranked) {
    if (removed >= remove) break
    if (left.get(layer)! <= 1) continue
    dropped.get(layer)!.add(channel)
    left.set(layer, left.get(layer)! - 1)
    removed += 1
  }
  return new Map(
    [...scores].map(([layer, values]) => [
      layer,
      Array.from(values.keys()).filter((channel) => !dropped.get(layer)!.has(channel)),
    ]),
  )
}
