import { channelGroups } from './channelGroups.ts'
import type { Network } from './graph.ts'

/** Groups of channels that convolutions make and that may be pruned, by name, in order. */
export function prunableLayers(network: Network): string[] {
  const convolutions = new Set(network.layers.filter(({ op }) => op === 'conv').map(({ name }) => name))
  return channelGroups(network)
    .groups.filter(({ producers }) => producers.some((name) => convolutions.has(name)))
    .map(({ name }) => name)
}
