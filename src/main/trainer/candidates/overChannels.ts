import type { OverChannels } from '#common/contract/overChannels.ts'
import type { Split } from '#common/contract/split.ts'
import { random } from '#common/random.ts'
import type { RandomChannel } from '#common/wire/channel.ts'
import { otherChannels, transmit } from '#common/wire/channel.ts'
import { runSession } from '../../../system/onnxruntime.ts'
import type { ImageSet } from '../data/imageSet.ts'
import { channelDraws } from '../training/evaluateChannel.ts'
import type { Sides } from './acceptance.ts'
import { classified, throughBytes } from './evaluation.ts'
import { channelsFirst, spread, spreadOver } from './images.ts'

/** Enough for differences between channels, which all see the same images and the same draws, and a second or two. */
const images = 200

/**
 * Accuracy of one model at its own channel and at worse and better ones, on images spread over `set`: the head runs once,
 * only the tail for every channel and draw. Undefined where the channel is ideal.
 */
export async function evaluateOverChannels(
  { head, tail }: Sides,
  split: Split,
  set: ImageSet,
  { seed, signal }: { seed: number; signal?: AbortSignal | undefined },
): Promise<OverChannels | undefined> {
  const { channel } = split
  if (channel.kind === 'ideal') return undefined
  const count = Math.min(images, set.count)
  const pixels = channelsFirst(spread(set, count), count)
  const labels = Uint16Array.from({ length: count }, (_, i) => set.labels[spreadOver(set.count, count, i)]!)
  const features = await runSession(head, pixels, [count, 3, set.size, set.size])
  const sent = throughBytes(features.data, count, split, new Float64Array(count))
  const at = async (tried: RandomChannel): Promise<{ channel: RandomChannel; accuracy: number }> => {
    let correct = 0
    for (let draw = 0; draw < channelDraws; draw++) {
      signal?.throwIfAborted()
      const received = transmit(sent, tried, split.bits, random(seed, 'over-channels', draw))
      correct += await classified(tail, received, features.shape, labels)
    }
    return { channel: tried, accuracy: correct / (count * channelDraws) }
  }
  const own = await at(channel)
  const others: OverChannels['others'] = []
  for (const other of otherChannels(channel)) others.push(await at(other))
  return { images: count, draws: channelDraws, own, others }
}
