import type { Link } from '../contract/config.ts'

/**
 * Time on the link for one message, in ms: 8 · bytes / rate, plus half of the round-trip time where one is given
 * (frameworks.md §2.4). `bytes` is what crosses: payload and header.
 */
export const transmissionMs = (bytes: number, { rateMbps, rttMs }: Pick<Link, 'rateMbps' | 'rttMs'>): number =>
  (8 * bytes) / (rateMbps * 1000) + (rttMs ?? 0) / 2
