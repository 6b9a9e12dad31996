import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Time, UntimedCandidate } from '#common/contract/result.ts'
import { candidateSchema, untimedCandidateSchema } from '#common/contract/result.ts'
import { parseLink } from '#common/latency/links.ts'
import type { CandidateTimes } from '../../../../src/main/workbench/comparison/compose.ts'
import { composeComparison } from '../../../../src/main/workbench/comparison/compose.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

const untimed: UntimedCandidate[] = fixtureComparison().candidates.map((one) => untimedCandidateSchema.parse(one))
const time = (median: number, source: Time['source'] = 'measured'): Time => ({
  median,
  p95: median * 1.5,
  ci95: [median * 0.9, median * 1.2],
  n: 100,
  source,
})
const all = (times: CandidateTimes) => new Map(untimed.map(({ id }) => [id, times]))
const config = (link: string, gamma: number | null = null) => ({ link: parseLink(link), gamma })

describe('composeComparison', () => {
  it('adds transmission of payload and header over every link, and the sum of the parts', () => {
    const composed = composeComparison(untimed, all({ device: time(10), server: time(2) }), config('2.5,20'))
    expect(composed).toHaveLength(untimed.length)
    for (const candidate of composed) {
      const bytes = candidate.payloadBytes + 16
      expect(Object.keys(candidate.byLink).sort()).toEqual(['1mbps', '2.5,20', '3g', '4g', 'wifi'])
      expect(candidate.byLink['3g']!.transmissionMs).toBeCloseTo((bytes * 8) / 1100, 9)
      expect(candidate.transmissionMs).toBeCloseTo((bytes * 8) / 2500 + 10, 9)
      expect(candidate.endToEnd).toEqual(candidate.byLink['2.5,20']!.endToEnd)
      expect(candidate.endToEnd!.composedMs).toBeCloseTo(12 + candidate.transmissionMs, 9)
      expect(candidate.endToEnd!.measuredMs).toBeNull()
      expect(candidateSchema.safeParse(candidate).success).toBe(true)
    }
  })

  it('puts what was measured as a whole beside it, for the chosen link only', () => {
    const [first] = untimed
    const measuredMs = new Map([[first!.id, 17]])
    const composed = composeComparison(untimed, all({ device: time(10), server: time(2) }), config('4g'), {
      measuredMs,
    })
    expect(composed[0]!.endToEnd).toMatchObject({ measuredMs: 17, parts: { device: 10, server: 2 } })
    expect(composed[0]!.byLink['4g']!.endToEnd!.measuredMs).toBe(17)
    expect(composed[0]!.byLink['3g']!.endToEnd!.measuredMs).toBeNull()
    expect(composed[1]!.endToEnd!.measuredMs).toBeNull()
    expect(composed[0]!.energy).toBeNull()
  })

  it('leaves what was not timed empty, and still knows the transmission', () => {
    const [first, second] = untimed
    const times = new Map([[first!.id, { device: time(10), server: null }]])
    const composed = composeComparison([first!, second!], times, config('wifi'))
    expect(composed.map(({ endToEnd, byLink }) => [endToEnd, byLink.wifi!.endToEnd])).toEqual([
      [null, null],
      [null, null],
    ])
    expect(composed[1]!.deviceMs).toBeNull()
    expect(composed[0]!.transmissionMs).toBeGreaterThan(0)
  })

  it('models the device as γ times the server machine, and marks every device time', () => {
    const composed = composeComparison(untimed, all({ device: time(2), server: time(3) }), config('4g', 5))
    for (const { deviceMs, serverMs, endToEnd, transmissionMs } of composed) {
      expect(deviceMs).toEqual({ median: 10, p95: 15, ci95: [9, 12], n: 100, source: 'modelled' })
      expect(serverMs!.source).toBe('measured')
      expect(endToEnd!.composedMs).toBeCloseTo(13 + transmissionMs, 9)
    }
  })

  it('refuses a mixture of kinds of time, and times that are modelled already', () => {
    const [first, second] = untimed
    const mixed = new Map([
      [first!.id, { device: time(1), server: time(1) }],
      [second!.id, { device: time(1, 'emulated'), server: time(1) }],
    ])
    expect(() => composeComparison(untimed, mixed, config('wifi'))).toThrow(/measured and emulated/)
    const modelled = all({ device: time(1, 'modelled'), server: null })
    expect(() => composeComparison(untimed, modelled, config('wifi', 5))).toThrow(/applied once/)
  })

  it('is faster on a faster link, for every candidate', () => {
    const rate = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(rate, rate, (a, b) => {
        const on = (mbps: number) =>
          composeComparison(untimed.slice(0, 5), all({ device: time(1), server: time(1) }), config(`${mbps / 10}`))
        const [slow, fast] = [on(Math.min(a, b)), on(Math.max(a, b))]
        for (const [index, candidate] of slow.entries()) {
          expect(candidate.endToEnd!.composedMs).toBeGreaterThanOrEqual(fast[index]!.endToEnd!.composedMs)
        }
      }),
      { numRuns: 30 },
    )
  })
})
