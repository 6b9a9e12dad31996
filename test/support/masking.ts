import { channelGroups } from '#common/network/channelGroups.ts'
import { inferShapes } from '#common/network/shapes.ts'
import type { Model } from '#common/network/weights.ts'
import type { Kept } from '../../src/main/trainer/pruning/surgery.ts'

/** Zeroes every weight that reads a channel which goes: what a mask on the activation does to the rest of the network. */
export function masked({ network, weights }: Model, kept: Kept): Model {
  const { channelsOf } = channelGroups(network)
  const shapes = inferShapes(network)
  const copy = new Map([...weights].map(([name, values]) => [name, values.slice()]))
  for (const layer of network.layers) {
    if (layer.op !== 'conv' && layer.op !== 'dense') continue
    // A block of a convolution in groups is read by itself alone, and goes with what it reads.
    if (layer.op === 'conv' && (layer.groups ?? 1) > 1) continue
    const values = copy.get(`${layer.name}.weight`)!
    const outputs = shapes.get(layer.name)!.channels
    const channels = channelsOf(layer.inputs[0]!)
    const size = values.length / outputs / channels.length
    for (const [column, channel] of channels.entries()) {
      const stay = channel && kept.get(channel.group)
      if (!stay || stay.includes(channel.index)) continue
      for (let row = 0; row < outputs; row++) {
        const at = (row * channels.length + column) * size
        values.fill(0, at, at + size)
      }
    }
  }
  return { network, weights: copy }
}
