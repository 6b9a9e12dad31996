import type { Candidate } from '../../contract/result.ts'
import { noiseDb } from '../../wire/channel.ts'
import type { Spread } from './records.ts'
import { spreadOf } from './records.ts'

/** One model over SNRs; of several seeds their mean. */
export interface OneModel {
  /** For which it was trained, dB. */
  trainedAt: number
  /** Ascending SNR, its own among them. */
  spots: { snr: number; accuracy: Spread }[]
}

const rounded = (decibel: number): number => Math.round(100 * decibel) / 100

/**
 * What candidates that are one model in several seeds reach at other SNRs: their accuracy, and how far other SNRs are from
 * it on the images that saw all of them. Null where no record tells.
 */
export function oneModelOver(trainedAt: number, candidates: readonly Candidate[]): OneModel | null {
  const at = new Map<number, number[]>()
  for (const { accuracy, overChannels } of candidates) {
    if (!overChannels) continue
    const { own, others } = overChannels
    for (const one of [own, ...others]) {
      const snr = one === own ? trainedAt : rounded(-noiseDb(one.channel))
      at.set(snr, [...(at.get(snr) ?? []), accuracy + one.accuracy - own.accuracy])
    }
  }
  if (at.size === 0) return null
  const spots = [...at].sort(([a], [b]) => a - b).map(([snr, values]) => ({ snr, accuracy: spreadOf(values)! }))
  return { trainedAt, spots }
}
