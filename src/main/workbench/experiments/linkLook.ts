import type { LinkFit } from '#common/latency/linkFit.ts'
import { fitLink } from '#common/latency/linkFit.ts'

/** Round trips of a header alone and of `size` bytes in turn, each `rounds` times: bytes of payload and header, and ms. */
export type Probe = (size: number, rounds: number) => Promise<{ bytes: number; ms: number }[]>

/**
 * A message of a look takes about this long. How large that may be is found with a small one first: a link that has
 * become slow in between must not be held up for seconds.
 */
const probeMs = 20
const firstBytes = { least: 256, most: 16_384 } as const
/** The fewest with which the interval of a slope between two sizes can exclude zero. */
const rounds = 4
/** Where that is not enough to tell bytes from noise: so often again, with larger messages while they are quick. */
const again = 2
const mostBytes = 262_144

/**
 * Rate and round trip as they are now, from a few messages: what a look at the link may cost while images wait. More
 * and larger ones are sent where the first ones do not support a rate; where it stays so, the fit says "at least".
 */
export async function lookAtLink(probe: Probe): Promise<LinkFit> {
  const [header, small] = await probe(firstBytes.least, 1)
  const msPerByte = (small!.ms - header!.ms) / (small!.bytes - header!.bytes)
  const fitting = msPerByte > 0 ? probeMs / msPerByte : firstBytes.most
  let size = Math.round(Math.min(firstBytes.most, Math.max(firstBytes.least, fitting)))
  const messages = await probe(size, rounds)
  let fit = fitLink(messages)
  for (let more = 0; more < again && fit.atLeast; more++) {
    const best = Math.min(...messages.slice(-2 * rounds).flatMap(({ ms }, index) => (index % 2 === 1 ? [ms] : [])))
    // Four times the bytes take at most four times as long.
    if (best <= probeMs) size = Math.min(mostBytes, size * 4)
    messages.push(...(await probe(size, rounds)))
    fit = fitLink(messages)
  }
  return fit
}
