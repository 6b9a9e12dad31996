import type { Random } from '../random.ts'
import type { Features } from './codec.ts'

/**
 * Channels between encoder and decoder (frameworks.md §§2.3, 9.2, 12.3). The same functions are the layers of training,
 * and the link of an evaluation.
 */
export type Channel =
  | { kind: 'ideal' }
  /** y = x + σ·n, n ~ N(0, 1): one use per real symbol. */
  | { kind: 'awgn'; sigma: number }
  /** Binary erasure channel on codes: each of their bits is lost with this probability. */
  | { kind: 'erasure'; probability: number }

export type RandomChannel = Exclude<Channel, { kind: 'ideal' }>

/** 3 and 6 dB to both sides; erasures at half of the probability, and up to ten times as many. */
const otherDecibels = [-6, -3, 3, 6]
const otherErasures = [0.5, 2, 5, 10]

/** Channels of the same kind, worse and better ones, that a model made for `channel` is tried on as well. */
export function otherChannels(channel: RandomChannel): RandomChannel[] {
  if (channel.kind === 'awgn') return otherDecibels.map((dB) => ({ kind: 'awgn', sigma: channel.sigma * sigmaAt(dB) }))
  const probabilities = otherErasures.map((factor) => Math.min(1, factor * channel.probability))
  return [...new Set(probabilities)].map((probability) => ({ kind: 'erasure', probability }))
}

/**
 * How bad a channel is, in dB: the power of what it adds, for noise over that of symbols of power (or peak) 1, so that
 * −noiseDb is the SNR (or PSNR); for erasures that share of the bits, which what they distort is proportional to.
 */
export const noiseDb = (channel: RandomChannel): number =>
  channel.kind === 'awgn' ? 20 * Math.log10(channel.sigma) : 10 * Math.log10(channel.probability)

/** Adds noise of standard deviation `sigma`. */
export function addNoise(values: Float32Array, sigma: number, rng: Random): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (value) => value + sigma * rng.normal())
}

/**
 * Codes of `bits` bits after an erasure channel: a lost bit counts half of its weight, rounded down over the whole code
 * (Shao & Zhang add (255 − mask)/2), since what arrives are codes again.
 */
export function eraseBits<T extends Uint8Array | Uint16Array>(
  codes: T,
  bits: number,
  probability: number,
  rng: Random,
): T {
  const received = codes.slice() as T
  const whole = 2 ** bits - 1
  // The distance to the next lost bit is geometric: as exact as a draw per bit, and far fewer draws.
  const logKept = Math.log1p(-probability)
  const skip = (): number =>
    probability <= 0 ? Number.POSITIVE_INFINITY : Math.floor(Math.log1p(-rng.next()) / logKept)
  let next = skip()
  for (let i = 0, first = 0; i < codes.length; i++, first += bits) {
    let lost = 0
    while (next < first + bits) {
      lost |= 1 << (next - first)
      next += 1 + skip()
    }
    if (lost !== 0) received[i] = (codes[i]! & (whole - lost)) + (lost >> 1)
  }
  return received
}

/** What arrives of one image's features. `bits`: of a code. Throws where the channel cannot carry such features. */
export function transmit(features: Features, channel: Channel, bits: number, rng: Random): Features {
  if (channel.kind === 'ideal') return features
  if (channel.kind === 'awgn') {
    if (!(features instanceof Float32Array)) throw new Error('additive noise is for real symbols, not for codes')
    return addNoise(features, channel.sigma, rng)
  }
  if (features instanceof Float32Array) throw new Error('an erasure channel carries bits, not real symbols')
  return eraseBits(features, bits, channel.probability, rng)
}

/** Shannon capacity in bits per real symbol: ½·log₂(1 + SNR), SNR as a ratio (frameworks.md §2.3). */
export const bitsPerSymbol = (snr: number): number => 0.5 * Math.log2(1 + snr)

/** σ of unit-power symbols at an SNR in dB: σ² = 1/SNR. */
export const sigmaAt = (decibel: number): number => 10 ** (-decibel / 20)
