import { channelGroups } from '#common/network/channelGroups.ts'
import type { Network } from '#common/network/graph.ts'
import type { Kept } from './surgery.ts'

/** Channels of a group. Throws where there is none of that name. */
export function filtersOf(network: Network, name: string): number {
  const group = channelGroups(network).groups.find((one) => one.name === name)
  if (!group) throw new Error(`"${name}" is not a group of channels that can be pruned`)
  return group.size
}

/**
 * Ranks the channels of all layers jointly and drops the `remove` lowest, leaving at least one in every layer; with
 * `roundTo`, the best of the dropped return until a layer's count is a multiple of it (or all are there), which many
 * kernels compute faster. Ties go by layer order, then by channel, so that equal scores give equal networks.
 */
export function keepBest(scores: ReadonlyMap<string, Float32Array>, remove: number, roundTo = 1): Kept {
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
  for (const { layer, channel } of ranked.reverse()) {
    if (left.get(layer)! % roundTo === 0 || !dropped.get(layer)!.delete(channel)) continue
    left.set(layer, left.get(layer)! + 1)
  }
  return new Map(
    [...scores].map(([layer, values]) => [
      layer,
      Array.from(values.keys()).filter((channel) => !dropped.get(layer)!.has(channel)),
    ]),
  )
}

/** The same share of every layer: those with the highest scores stay, at least one. */
export const keepShare = (scores: ReadonlyMap<string, Float32Array>, share: number): Kept =>
  keepCounts(scores, (_, { length }) => Math.max(1, Math.round(length * share)))

/** So many of every layer: those with the highest scores. */
export function keepCounts(
  scores: ReadonlyMap<string, Float32Array>,
  countOf: (layer: string, scores: Float32Array) => number,
): Kept {
  return new Map(
    [...scores].map(([layer, values]) => {
      const best = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, countOf(layer, values))
      return [layer, best.sort((a, b) => a - b)]
    }),
  )
}
