import { robustLine } from '../measurement/slope.ts'

export interface LinkFit {
  rateMbps: number
  rttMs: number
}

/** What a loopback connection may seem to have: above it a rate means nothing, and JSON knows no infinity. */
const mostMbps = 1e5

/**
 * Rate and round trip from round trips of messages of several sizes (bytes of payload and header, ms): the robust slope
 * of time over bytes is the time per byte, and what is left at 0 bytes is the round trip. So a message of b bytes and
 * its empty answer take 8 · b / rate + rtt. Throws an Error where all messages have one size.
 */
export function fitLink(messages: readonly { bytes: number; ms: number }[]): LinkFit {
  const { slope, intercept } = robustLine(
    messages.map(({ bytes }) => bytes),
    messages.map(({ ms }) => ms),
  )
  return { rateMbps: slope > 0 ? Math.min(mostMbps, 8 / (slope * 1000)) : mostMbps, rttMs: Math.max(0, intercept) }
}
