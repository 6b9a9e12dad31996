import type { Drawn } from '#common/network/codecLayers.ts'
import type { Random } from '#common/random.ts'
import type { ForwardPass } from '../operator.ts'

/**
 * What a pass through a channel draws: `share` places the parameter in 0…limit, the same for the channel and for the
 * plane that tells of it; `random` is the noise itself.
 */
export interface ChannelDraws {
  share: number
  random: Random
}

/** The channel's parameter in this pass: in training what was drawn, else the target. */
export const drawnLevel = ({ level, limit }: Drawn, { mode, draws }: Pick<ForwardPass, 'mode' | 'draws'>): number =>
  mode === 'train' && limit !== null && draws ? draws.share * limit : level
