import { expect, it } from 'vitest'
import type { LiveTurn } from '#common/contract/liveRun.ts'
import { candidatesOf, lookOf } from '#common/latency/liveSummary.ts'

const turn = (atS: number, candidate: string, ms: readonly number[]): LiveTurn => ({
  ...{ atS, candidate, partitionPoint: 'pool1', paced: null, reason: null, expectedMs: 9 },
  link: { rateMbps: 20, rttMs: 1, atLeast: true, rate95: null },
  messages: {
    wholeMs: ms.map((one) => one + 10),
    headMs: [...ms],
    encodeMs: ms.map(() => 1),
    answerMs: ms.map((_, index) => 8 + index),
    serverMs: ms.map(() => 2),
  },
})

it('a look is the medians of its messages; the link is what is left of the answer without the server', () => {
  expect(lookOf(turn(3, 'a', [1, 2, 30]), { title: 'a cut', source: 'modelled' })).toEqual({
    ...{ atS: 3, candidate: 'a', partitionPoint: 'pool1', paced: null, reason: null, expectedMs: 9 },
    ...{ rateMbps: 20, rttMs: 1, atLeast: true, rate95: null, title: 'a cut', source: 'modelled' },
    ...{ images: 3, wholeMs: 12, headMs: 2, encodeMs: 1, linkMs: 7, serverMs: 2 },
  })
})

it('a candidate is summed up over all of its turns, in the order in which candidates came in', () => {
  const turns = [turn(0, 'b', [1, 2, 3]), turn(1, 'a', [5]), turn(2, 'b', [4, 5])]
  const [b, a] = candidatesOf(turns, (id) => id.toUpperCase())
  expect(b).toMatchObject({ id: 'b', title: 'B', looks: 2, images: 5 })
  expect(b!.head.median).toBe(3)
  // Fewer than six: the interval is their range.
  expect(b!.head.ci95).toEqual([1, 5])
  expect(b!.head.p95).toBeCloseTo(4.8)
  expect(b!.link.median).toBe(7)
  expect(a).toMatchObject({ id: 'a', looks: 1, images: 1, whole: { median: 15, ci95: [15, 15], p95: 15 } })
})
