import type { Link } from '../contract/config.ts'
import { transmissionMs } from './transmission.ts'

/** A cut of one network in the latency model of Shi et al.: times on the server's machine, bytes on the link. */
export interface ShiCut {
  point: string
  /** t(p): the network up to the cut, ms on the server's machine. */
  headMs: number
  /** t(N) − t(p): the rest of the network, ms on the server's machine. */
  tailMs: number
  /** D(p): bytes sent for one image. */
  bytes: number
}

/**
 * T(m, p) = γ · t(p) + D(p) / R + (t(N) − t(p)) (Shi et al. 2019, frameworks.md §4.1), in ms. All times were taken on
 * the server's machine; γ is how many times slower the device is.
 */
export const shiLatency = (cut: ShiCut, gamma: number, link: Pick<Link, 'rateMbps' | 'rttMs'>): number =>
  gamma * cut.headMs + transmissionMs(cut.bytes, link) + cut.tailMs

export interface BestCut {
  cut: ShiCut
  ms: number
}

/** The fastest of the cuts; the earliest of equally fast ones. Undefined where there is none. */
export function bestShiCut(
  cuts: readonly ShiCut[],
  gamma: number,
  link: Pick<Link, 'rateMbps' | 'rttMs'>,
): BestCut | undefined {
  let best: BestCut | undefined
  for (const cut of cuts) {
    const ms = shiLatency(cut, gamma, link)
    if (!best || ms < best.ms) best = { cut, ms }
  }
  return best
}
