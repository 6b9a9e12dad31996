import type { Link } from '#common/contract/config.ts'
import type { Progress } from '#common/contract/job.ts'
import type { LinkWay } from '#common/contract/linkWay.ts'
import { CodedError } from '#common/errors.ts'
import type { LinkFit } from '#common/latency/linkFit.ts'
import { fitLink } from '#common/latency/linkFit.ts'
import { random } from '#common/random.ts'
import { formatBytes } from '#common/units.ts'
import { frameHeaderBytes } from '#common/wire/header.ts'
import type { Device } from '../devices/device.ts'
import { openDataLink, wayBetween } from '../devices/link/dataLink.ts'

export interface LinkTest {
  device: Device
  server: Device
  /** Null: the link as it is. */
  shape: Link | null
  signal: AbortSignal
  onProgress(progress: Progress): void
}

export interface LinkTestResult extends LinkFit {
  way: LinkWay
  /** Bytes of payload and header, and the round trip in ms, in the order they were sent. */
  messages: { bytes: number; ms: number }[]
}

/** From a header alone to the largest feature maps. */
const sizes = [0, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576]
/** Growing stops at the first message that takes longer; no link is measured with a single size. */
const largestMs = 300
const fewest = 4
const budgetMs = 5000
const rounds = { most: 15, fewest: 5 }
const answerMs = 60_000
const wakeUp = 5

/**
 * Sends messages of the sizes that payloads have from the device to the server and back, one in flight, in shuffled
 * order, for about five seconds: rate and round trip as fitLink says.
 */
export async function testLink({ device, server, shape, signal, onProgress }: LinkTest): Promise<LinkTestResult> {
  const began = performance.now()
  const say = (done: number, total: number, detail: string): void =>
    onProgress({
      ...{ phase: 'link', title: 'Measuring the link', unit: 'rounds', done, total, detail },
      etaS: done === 0 ? null : ((performance.now() - began) / 1000 / done) * (total - done),
    })
  /** Round trips over a connection of their own. */
  const send = async (payloads: number[]): Promise<number[]> => {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    const link = await openDataLink({ device, server, tail: null, shape }, signal)
    const { session, token, dial } = link
    try {
      return await device.cooperation.probeLink({ session, token, dial, sizes: payloads, answerMs }, signal)
    } finally {
      await link.close()
    }
  }

  say(0, rounds.most, 'growing messages')
  const grown = await send([...Array<number>(wakeUp).fill(0), ...sizes.slice(0, fewest)])
  const used = sizes.slice(0, fewest)
  let last = grown.at(-1)!
  for (const size of sizes.slice(fewest)) {
    // Four times the bytes take at most four times as long.
    if (last * 4 > largestMs) break
    used.push(size)
    last *= 4
  }
  const largest = used.at(-1)!
  const roundMs = last * 2.4 + 1
  const count = Math.round(Math.min(rounds.most, Math.max(rounds.fewest, budgetMs / roundMs)))
  const draw = random(1, 'link test')
  const messages: LinkTestResult['messages'] = []
  for (let round = 0; round < count; round++) {
    say(round, count, `messages up to ${formatBytes(largest)}`)
    const order = draw.shuffle([...used])
    // TCP starts a connection slowly: the first two messages open its window.
    const times = (await send([0, largest, ...order])).slice(2)
    for (const [i, size] of order.entries()) messages.push({ bytes: size + frameHeaderBytes, ms: times[i]! })
  }
  say(count, count, '')
  return { ...fitLink(messages), way: wayBetween(device, server), messages }
}
