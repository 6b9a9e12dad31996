import type { Link } from '#common/contract/config.ts'
import { answerWayMs } from '#common/latency/cooperative.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { median } from '#common/measurement/statistics.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import type { Device } from '../device.ts'
import { openDataLink } from './dataLink.ts'

/** The first few messages wake both ends and are not counted. */
const wakeUp = 3
const count = { most: 25, fewest: 7 } as const
/** Longer messages cost no more than these: what takes time then is the link itself. */
const longestMs = 60
const budgetMs = 500
const answerMs = 60_000

/**
 * What a paced link takes beyond what was asked for, in ms: processes that wake up (the later, the longer they slept),
 * copies, the link below it. Messages of the payload's size are sent over it, and the median of the excess is returned,
 * at least 0. Releasing bytes that much earlier makes the link be what it is called: a link test over it then shows the
 * rate and the round trip that were asked for.
 */
export async function calibrate(
  { device, server, shape, payloadBytes }: { device: Device; server: Device; shape: Link; payloadBytes: number },
  signal: AbortSignal,
): Promise<number> {
  // A lost segment is no cost of the pacing.
  const { loss: _, ...lossless } = shape
  const link = await openDataLink({ device, server, tail: null, shape: lossless }, signal)
  const { session, token, dial } = link
  const expected = (size: number): number => transmissionMs(size + frameHeaderBytes, lossless) + answerWayMs(lossless)
  let size = Math.ceil(payloadBytes)
  while (size > 256 && expected(size) > longestMs) size = Math.ceil(size / 2)
  const messages = Math.round(Math.min(count.most, Math.max(count.fewest, budgetMs / expected(size))))
  try {
    const times = await device.cooperation.probeLink(
      { session, token, dial, sizes: Array<number>(wakeUp + messages).fill(size), answerMs },
      signal,
    )
    return Math.max(0, median(times.slice(wakeUp)) - expected(size))
  } finally {
    await link.close()
  }
}
