import { robustLine } from '../measurement/slope.ts'
import { median } from '../measurement/statistics.ts'
import { significant } from '../units.ts'

export interface LinkFit {
  /** As it was measured; where `atLeast`: what the largest message went through with at its best. */
  rateMbps: number
  rttMs: number
  /** Whether the messages support no more than a lower bound of the rate: it may be higher, never lower. */
  atLeast: boolean
  /** 95 % interval of a measured rate; null where there is only a lower bound, and in records from before it was kept. */
  rate95: [low: number, high: number] | null
}

interface Message {
  bytes: number
  ms: number
}

/**
 * Rate and round trip from round trips of messages of several sizes (bytes of payload and header, ms): the robust slope
 * of time over bytes is the time per byte, and what is left at 0 bytes is the round trip. So a message of b bytes and
 * its empty answer take 8 · b / rate + rtt.
 *
 * Where the slope's interval reaches zero, time was not seen to grow with the bytes, and the slope says nothing of the
 * rate. What is certain then: the largest message's bytes were through in its best time. That bound is the rate, the
 * median of the smallest messages the round trip. In no case is the rate higher than the largest message's best time
 * supports: it never takes less than the fit says. Throws an Error where all messages have one size.
 */
export function fitLink(messages: readonly Message[]): LinkFit {
  const { slope, intercept, slope95 } = robustLine(
    messages.map(({ bytes }) => bytes),
    messages.map(({ ms }) => ms),
  )
  const sizes = messages.map(({ bytes }) => bytes)
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  const timesOf = (size: number): number[] => messages.flatMap(({ bytes, ms }) => (bytes === size ? [ms] : []))
  const best = Math.min(...timesOf(most))
  if (!slope95 || slope95[0] <= 0) {
    return { rateMbps: rateOf(best / most), rttMs: median(timesOf(least)), atLeast: true, rate95: null }
  }
  const rttMs = Math.max(0, intercept)
  const rateMbps = rateOf(Math.max(slope, (best - rttMs) / most))
  const [low, high] = [rateOf(slope95[1]), rateOf(slope95[0])]
  return { rateMbps, rttMs, atLeast: false, rate95: [Math.min(low, rateMbps), Math.max(high, rateMbps)] }
}

/** ms per byte to Mbit/s. */
const rateOf = (msPerByte: number): number => 8 / (msPerByte * 1000)

/** Records from before rates had intervals hold this where no rate could be measured: it means nothing. */
const onceForUnknown = 1e5
export const isUnknownRate = ({ rateMbps, atLeast, rate95 }: Omit<LinkFit, 'rttMs'>): boolean =>
  !atLeast && rate95 === null && rateMbps >= onceForUnknown

/** "at least 310 Mbit/s", "18.2 Mbit/s": the same words wherever a measured rate is shown. */
export function describeMeasuredRate(link: Omit<LinkFit, 'rttMs'>, digits = 3): string {
  if (isUnknownRate(link)) return 'a rate too high to be measured'
  return `${link.atLeast ? 'at least ' : ''}${significant(link.rateMbps, digits)} Mbit/s`
}
