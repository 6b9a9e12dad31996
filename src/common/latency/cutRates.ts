import type { Link } from '../contract/config.ts'
import type { PayloadForm, ProfiledCut, RateRange } from '../contract/modelProfile.ts'
import type { EndToEnd } from '../contract/result.ts'
import { composeEndToEnd } from './compose.ts'
import { transmissionMs } from './transmission.ts'

/** What the latency of a cut is composed from. */
export type TimedCut = Pick<
  ProfiledCut,
  'point' | 'payloadBytes' | 'uint8Bytes' | 'headerBytes' | 'deviceMs' | 'serverMs'
>

/** Bytes that cross: payload and header. */
export const wireBytes = (cut: TimedCut, form: PayloadForm): number =>
  (form === 'uint8' ? cut.uint8Bytes : cut.payloadBytes) + cut.headerBytes

/** One cut over a link, in ms. */
export function cutOverLink(
  cut: TimedCut,
  link: Pick<Link, 'rateMbps' | 'rttMs'>,
  form: PayloadForm,
): { transmissionMs: number; endToEnd: EndToEnd } {
  const transmission = transmissionMs(wireBytes(cut, form), link)
  return { transmissionMs: transmission, endToEnd: composeEndToEnd(cut.deviceMs, transmission, cut.serverMs) }
}

/** The fastest cut over a link; of equal ones the earliest. At least one cut. */
export function bestCut<T extends TimedCut>(
  cuts: readonly T[],
  link: Pick<Link, 'rateMbps' | 'rttMs'>,
  form: PayloadForm,
): { cut: T; composedMs: number } {
  let best: { cut: T; composedMs: number } | undefined
  for (const cut of cuts) {
    const { composedMs } = cutOverLink(cut, link, form).endToEnd
    if (!best || composedMs < best.composedMs) best = { cut, composedMs }
  }
  return best!
}

/**
 * The fastest cut for every rate: T(r) = S + 8·B / r is a straight line over 1/r, so the answer is the lower envelope of
 * lines with intercept S (device + server) and slope B (bytes). From the slowest link to the fastest; a round trip
 * moves all lines alike and changes nothing.
 */
export function bestByRate(cuts: readonly TimedCut[], form: PayloadForm): RateRange[] {
  const lines = cuts.map((cut) => ({
    point: cut.point,
    fixedMs: cut.deviceMs.median + cut.serverMs.median,
    bytes: wireBytes(cut, form),
  }))
  // At a rate near 0 the fewest bytes win; of equal ones the quicker.
  let now = lines.reduce((a, b) => (b.bytes < a.bytes || (b.bytes === a.bytes && b.fixedMs < a.fixedMs) ? b : a))
  const ranges: RateRange[] = []
  let fromMbps = 0
  for (;;) {
    // The rate at which another line crosses this one: 8·(B' − B) / 1000 / r = S − S'.
    let next: { line: (typeof lines)[number]; rate: number } | undefined
    for (const line of lines) {
      if (line.bytes <= now.bytes || line.fixedMs >= now.fixedMs) continue
      const rate = (8 * (line.bytes - now.bytes)) / 1000 / (now.fixedMs - line.fixedMs)
      const sooner = !next || rate < next.rate || (rate === next.rate && line.fixedMs < next.line.fixedMs)
      if (sooner) next = { line, rate }
    }
    ranges.push({ point: now.point, fromMbps, toMbps: next?.rate ?? null })
    if (!next) return ranges
    fromMbps = next.rate
    now = next.line
  }
}
