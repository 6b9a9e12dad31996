import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLink } from '#common/latency/links.ts'
import type { ShiCut } from '#common/latency/shi.ts'
import { bestShiCut, shiLatency } from '#common/latency/shi.ts'
import { loggedCuts, reconstructedCut, reconstructedGain, shi2019 } from '#common/latency/shi2019.ts'

describe('latency model of Shi et al.', () => {
  it('reconstructs the published gain: γ 5, 18.88 Mbit/s, 24.84 ms, 6.01×, 3072 B → 4.81× (frameworks.md §16.9)', () => {
    expect(Math.abs(reconstructedGain() - 4.81)).toBeLessThan(0.005)
    expect(shi2019).toMatchObject({ gamma: 5, unprunedMs: 24.84, computationAcceleration: 6.01, imageBytes: 3072 })
    expect(shi2019.link.rateMbps).toBe(18.88)
  })

  it('is γ times the head, the link, and the rest of the network', () => {
    const cut: ShiCut = { point: 'pool2', headMs: 2.56, tailMs: 1.49, bytes: 576 }
    expect(shiLatency(cut, 5, parseLink('3g'))).toBeCloseTo(5 * 2.56 + (8 * 576) / 1100 + 1.49, 10)
  })

  // frameworks.md §4.2, from the authors' logs rounded to 0.01 ms.
  it.each([
    ['3g', 47.24, 'input', 22.08, 'output', 18.49, 'pool2', 2.55],
    ['4g', 29.1, 'input', 8.6, 'input', 8.25, 'input', 3.53],
    ['wifi', 26.2, 'input', 5.7, 'input', 5.35, 'input', 4.9],
  ])('gives the reconstructed table for %s', (link, original, cut0, step1, cut1, step2, cut2, gain) => {
    const best = (['original', 'step 1', 'step 2'] as const).map((model) => reconstructedCut(model, parseLink(link)))
    expect(best.map(({ cut }) => cut.point)).toEqual([cut0, cut1, cut2])
    for (const [index, expected] of [original, step1, step2].entries()) {
      expect(Math.abs(best[index]!.ms - expected)).toBeLessThan(0.02)
    }
    expect(Math.abs(best[0]!.ms / best[2]!.ms - gain)).toBeLessThan(0.01)
  })

  it('logs have 18 points between input and output', () => {
    expect(loggedCuts('original')).toHaveLength(20)
  })

  it('finds the same best cut as trying them all', () => {
    const cuts = fc.array(
      fc.record({
        point: fc.string(),
        headMs: fc.double({ min: 0, max: 100, noNaN: true }),
        tailMs: fc.double({ min: 0, max: 100, noNaN: true }),
        bytes: fc.integer({ min: 0, max: 1e6 }),
      }),
    )
    fc.assert(
      fc.property(cuts, fc.double({ min: 0.1, max: 20, noNaN: true }), (all, gamma) => {
        const link = parseLink('4g')
        const best = bestShiCut(all, gamma, link)
        if (all.length === 0) {
          expect(best).toBeUndefined()
          return
        }
        const times = all.map((cut) => gamma * cut.headMs + cut.tailMs + (cut.bytes * 8) / 5850)
        expect(best!.ms).toBeCloseTo(Math.min(...times), 9)
      }),
    )
  })
})
