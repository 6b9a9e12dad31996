import { channelGroups } from '#common/network/channelGroups.ts'
import type { Network } from '#common/network/graph.ts'
import type { Model } from '#common/network/weights.ts'
import type { Kept } from './surgery.ts'

/** Tensors of which a masked channel has a row: with all of them 0, nothing of it is left behind its activation. */
const rows = ['weight', 'bias'] as const
const running = ['running_mean', 'running_var'] as const
const making = new Set(['conv', 'depthwise', 'dense', 'batchnorm'])

/** Groups of channels that the layers up to a cut make, in order; those that cross it are among them. */
export function groupsBefore(network: Network, layer: string): string[] {
  const last = network.layers.findIndex(({ name }) => name === layer)
  const before = new Set(network.layers.slice(0, last + 1).map(({ name }) => name))
  return channelGroups(network)
    .groups.filter(({ producers }) => producers.every((name) => before.has(name)))
    .map(({ name }) => name)
}

/**
 * The channels that do not stay, masked on their activation: filters, biases, and scale and offset of normalisation are 0.
 * No gradient reaches any of them then, so that training leaves them at 0, and removing them changes nothing.
 */
export const maskChannels = (model: Model, kept: Kept): Model => rewritten(model, kept, rows, () => 0)

/**
 * The masked channels as they were in `dense`, all others as they are in `model`; both of one network. Running statistics
 * too: those of a masked channel go to 0 in training, and one that comes back would be scaled by their rest.
 */
export const restoreChannels = (model: Model, dense: Model, kept: Kept): Model =>
  rewritten(model, kept, [...rows, ...running], (name, at) => dense.weights.get(name)![at]!)

function rewritten(
  { network, weights }: Model,
  kept: Kept,
  suffixes: readonly string[],
  value: (name: string, at: number) => number,
): Model {
  const { channelsOf } = channelGroups(network)
  const copy = new Map([...weights].map(([name, values]) => [name, values.slice()]))
  for (const { name, op } of network.layers) {
    if (!making.has(op)) continue
    const channels = channelsOf(name)
    for (const suffix of suffixes) {
      const key = `${name}.${suffix}`
      const values = copy.get(key)
      if (!values) continue
      const size = values.length / channels.length
      for (const [channel, ref] of channels.entries()) {
        const stay = ref && kept.get(ref.group)
        if (!stay || stay.includes(ref.index)) continue
        for (let at = channel * size; at < (channel + 1) * size; at++) values[at] = value(key, at)
      }
    }
  }
  return { network, weights: copy }
}

/** Of every normalisation's scale: the channels that do not stay, by the name of the weight. */
export function scalesOf(network: Network, kept: Kept): Map<string, number[]> {
  const { channelsOf } = channelGroups(network)
  const found = new Map<string, number[]>()
  for (const { name, op } of network.layers) {
    if (op !== 'batchnorm') continue
    const masked = channelsOf(name).flatMap((ref, channel) => {
      const stay = ref && kept.get(ref.group)
      return stay && !stay.includes(ref.index) ? [channel] : []
    })
    if (masked.length > 0) found.set(`${name}.weight`, masked)
  }
  return found
}
