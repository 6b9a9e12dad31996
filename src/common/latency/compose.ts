import type { Candidate, EndToEnd, Time } from '../contract/result.ts'

/**
 * End-to-end latency of one image composed from its parts, in ms: T = device + transmission + server
 * (frameworks.md §2.4). Never to be shown in one column with a latency that was measured as a whole.
 *
 * The 95 % interval follows from those of the two timed parts, which are independent: distances from the medians add
 * up as the root of their squares, each side apart (MOVER: Zou & Donner, Statistics in Medicine 27, 2008). The
 * transmission is computed from bytes and has no interval.
 */
export function composeEndToEnd(device: Time, transmission: number, server: Time): EndToEnd {
  const composedMs = device.median + transmission + server.median
  const distance = (bound: 0 | 1): number =>
    Math.hypot(device.ci95[bound] - device.median, server.ci95[bound] - server.median)
  return {
    composedMs,
    measuredMs: null,
    parts: { device: device.median, transmission, server: server.median },
    ci95: [composedMs - distance(0), composedMs + distance(1)],
  }
}

/** A device that is γ times slower than the server's machine (Shi et al., frameworks.md §4.1): all of the time, times γ. */
export const modelledDeviceTime = (head: Time, gamma: number): Time => ({
  median: head.median * gamma,
  p95: head.p95 * gamma,
  ci95: [head.ci95[0] * gamma, head.ci95[1] * gamma],
  n: head.n,
  source: 'modelled',
})

/** What a sum of two times may be called: measured only if both are. */
export function composedSource(device: Time, server: Time): Time['source'] {
  const sources = [device.source, server.source]
  if (sources.includes('modelled')) return 'modelled'
  return sources.includes('emulated') ? 'emulated' : 'measured'
}

/** Whether a part of its latency was timed on an emulated device: that says nothing of a real one. */
export const restsOnEmulation = ({ deviceMs, serverMs }: Pick<Candidate, 'deviceMs' | 'serverMs'>): boolean =>
  deviceMs?.source === 'emulated' || serverMs?.source === 'emulated'
