import type { LiveCandidate, LiveLook, LiveSpread } from '../contract/live.ts'
import type { LiveTurn } from '../contract/liveRun.ts'
import { medianInterval } from '../measurement/interval.ts'
import { median, p95 } from '../measurement/statistics.ts'

type Messages = LiveTurn['messages']

/** Both ways of the link: from sending to the answer, but for what the server computed. ms, per message. */
const linkOf = ({ answerMs, serverMs }: Messages): number[] => answerMs.map((ms, index) => ms - serverMs[index]!)

/** What is told of a turn while it goes on, and drawn of a stored one: medians of its messages. */
export function lookOf(
  { messages, link, ...turn }: LiveTurn,
  about: { title: string; source: LiveLook['source'] },
): LiveLook {
  const { wholeMs, headMs, encodeMs, serverMs } = messages
  return {
    ...turn,
    ...link,
    ...about,
    images: wholeMs.length,
    wholeMs: median(wholeMs),
    headMs: median(headMs),
    encodeMs: median(encodeMs),
    linkMs: median(linkOf(messages)),
    serverMs: median(serverMs),
  }
}

const spreadOf = (ms: readonly number[]): LiveSpread => ({
  median: median(ms),
  ci95: medianInterval(ms),
  p95: p95(ms),
})

/** Per candidate, over every message of all of its turns; in the order in which candidates came in. */
export function candidatesOf(turns: readonly LiveTurn[], titleOf: (candidate: string) => string): LiveCandidate[] {
  const ids = [...new Set(turns.map(({ candidate }) => candidate))]
  return ids.map((id) => {
    const own = turns.filter(({ candidate }) => candidate === id).map(({ messages }) => messages)
    const spread = (of: (messages: Messages) => number[]): LiveSpread => spreadOf(own.flatMap(of))
    return {
      ...{ id, title: titleOf(id), looks: own.length },
      images: own.reduce((sum, { wholeMs }) => sum + wholeMs.length, 0),
      whole: spread(({ wholeMs }) => wholeMs),
      head: spread(({ headMs }) => headMs),
      encode: spread(({ encodeMs }) => encodeMs),
      link: spread(linkOf),
      server: spread(({ serverMs }) => serverMs),
    }
  })
}
