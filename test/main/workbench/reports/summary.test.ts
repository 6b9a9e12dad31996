import { describe, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { summarise } from '../../../../src/main/workbench/reports/summary.ts'
import { fixtureComparison } from '../../../fixtures/comparison.ts'

/** Every end-to-end interval of a comparison replaced by one that reaches `factor` times as far. */
function widened(comparison: Comparison, factor: number): Comparison {
  const candidates = comparison.candidates.map((one) => ({
    ...one,
    byLink: Object.fromEntries(
      Object.entries(one.byLink).map(([name, over]) => {
        const whole = over.endToEnd!
        const ci95: [number, number] = [whole.composedMs / factor, whole.composedMs * factor]
        return [name, { ...over, endToEnd: { ...whole, ci95 } }]
      }),
    ),
  }))
  return { ...comparison, candidates }
}

describe('summary', () => {
  it('names the fastest candidate within the bound, its latency, accuracy and gain', () => {
    expect(summarise(fixtureComparison())).toBe(
      'On WiFi, 18.88 Mbit/s, two-step · step 2, cut at pool4 is the fastest candidate within 5 points of accuracy: 0.404 ms end to end (composed) at 67.6 %, 4.68× as fast as the best cut of the unpruned network (output, 1.89 ms, 71.6 %).',
    )
  })

  it('does not call a difference inside the intervals a gain', () => {
    const comparison = fixtureComparison()
    expect(summarise(widened(comparison, 1.1))).not.toContain('not significant')
    expect(summarise(widened(comparison, 4))).toContain(
      'Their 95 % intervals overlap: the difference is not significant.',
    )
  })

  it('says when the unpruned network is the fastest, with the form that its logits have', () => {
    const text = summarise(fixtureComparison({ frameworks: ['only-splitting'] }))
    expect(text).toContain('only-splitting · uint8, cut at output is the fastest')
    expect(text).toContain('the unpruned network is not beaten here')
  })

  it('says why where nothing is left', () => {
    const text = summarise({ ...fixtureComparison(), maxLoss: -0.1 })
    expect(text).toContain(
      'no candidate is within -10 points of accuracy and timed ("loss ≤ -10 points" rules out 75 of 75)',
    )
  })
})
