import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Time } from '#common/contract/result.ts'
import type { TimedCut } from '#common/latency/cutRates.ts'
import { bestByRate, bestCut, cutOverLink } from '#common/latency/cutRates.ts'
import { profileRule } from '#common/measurement/profileRule.ts'

const time = (median: number): Time => ({ median, p95: median, ci95: [median, median], n: 10, source: 'measured' })

const cutOf = (point: string, payloadBytes: number, device: number, server: number): TimedCut => ({
  ...{ point, payloadBytes, uint8Bytes: payloadBytes / 4, headerBytes: 16 },
  ...{ deviceMs: time(device), serverMs: time(server) },
})

describe('a cut over a link', () => {
  it('is device, payload and header over the rate, half a round trip, and server', () => {
    const { transmissionMs, endToEnd } = cutOverLink(cutOf('a', 984, 5, 2), { rateMbps: 1, rttMs: 20 }, 'float32')
    expect(transmissionMs).toBeCloseTo(8 + 10, 12)
    expect(endToEnd.composedMs).toBeCloseTo(25, 12)
    expect(cutOverLink(cutOf('a', 984, 5, 2), { rateMbps: 1, rttMs: null }, 'uint8').transmissionMs).toBeCloseTo(
      2.096,
      12,
    )
  })
})

describe('the best cut by rate', () => {
  it('flips where two lines cross', () => {
    // input: 1 ms and 1,000 B; output: 5 ms and 0 B more than the header: equal where 8 · 1000 / r = 4 ms, at 2 Mbit/s.
    const cuts = [cutOf('input', 1000, 0, 1), cutOf('output', 0, 5, 0)]
    expect(bestByRate(cuts, 'float32')).toEqual([
      { point: 'output', fromMbps: 0, toMbps: 2 },
      { point: 'input', fromMbps: 2, toMbps: null },
    ])
    expect(bestByRate(cuts, 'uint8')[0]!.toMbps).toBe(0.5)
  })

  it('is at every rate what looking at all cuts finds', () => {
    const cuts = fc
      .array(fc.tuple(fc.nat(1_000_000), fc.double({ min: 0, max: 500, noNaN: true })), { minLength: 1, maxLength: 12 })
      .map((list) => list.map(([bytes, ms], index) => cutOf(`p${index}`, bytes, ms, 1)))
    fc.assert(
      fc.property(cuts, fc.double({ min: -2, max: 4, noNaN: true }), (all, exponent) => {
        const rateMbps = 10 ** exponent
        const ranges = bestByRate(all, 'float32')
        const here = ranges.find(
          ({ fromMbps, toMbps }) => fromMbps <= rateMbps && (toMbps === null || rateMbps <= toMbps),
        )!
        const found = all.find(({ point }) => point === here.point)!
        const link = { rateMbps, rttMs: null }
        const best = bestCut(all, link, 'float32').composedMs
        expect(cutOverLink(found, link, 'float32').endToEnd.composedMs).toBeLessThanOrEqual(best * (1 + 1e-9) + 1e-9)
        // Without gaps, from 0 on without end.
        expect(ranges[0]!.fromMbps).toBe(0)
        expect(ranges.at(-1)!.toMbps).toBeNull()
        for (const [index, range] of ranges.slice(1).entries()) expect(range.fromMbps).toBe(ranges[index]!.toMbps)
      }),
    )
  })
})

describe('the rule of a profile', () => {
  /** What sides of 0 to `wholeMs` take in all, in s. */
  const takenBy = (sides: number, wholeMs: number): number => {
    const { seconds, minIterations } = profileRule(sides, wholeMs)
    const each = Array.from({ length: sides }, (_, at) => (wholeMs * (at + 0.5)) / sides)
    return each.reduce((sum, ms) => sum + Math.max(minIterations * ms, 1000 * seconds), 0) / 1000
  }

  it('shares some twenty seconds among heads and tails, long or short', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 100 }),
        fc.double({ min: 0.1, max: 400, noNaN: true }),
        (sides, wholeMs) => {
          const { seconds, minIterations } = profileRule(sides, wholeMs)
          expect(seconds).toBeGreaterThanOrEqual(0.2)
          expect(seconds).toBeLessThanOrEqual(1.5)
          if (minIterations > 6) expect(takenBy(sides, wholeMs)).toBeLessThan(25)
          if (seconds > 0.2 && seconds < 1.5) expect(takenBy(sides, wholeMs)).toBeGreaterThan(18)
        },
      ),
    )
  })

  it('makes no more than ten runs of a side, and no fewer than an interval takes', () => {
    expect(profileRule(38, 20).minIterations).toBe(10)
    expect(profileRule(38, 1000).minIterations).toBe(6)
  })
})
