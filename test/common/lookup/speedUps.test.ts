import { describe, expect, it } from 'vitest'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { describeSpeedUp, speedUps } from '#common/lookup/speedUps.ts'
import { withVerdicts } from '#common/measurement/verdicts.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

/** A comparison with one head more, that looks up what the second candidate computes. */
function withLookup() {
  const comparison = fixtureComparison({ frameworks: ['only-splitting'] })
  const dense = comparison.candidates.find(
    ({ partitionPoint, codec }) => partitionPoint === 'pool2' && codec === 'uint8',
  )!
  const lookup = { macs: 1000, lookups: 3000, denseMacs: 16_000, bits: 8 * dense.headParameters, error: 1e-6 }
  const tables: Candidate = {
    ...dense,
    id: 'tables',
    lookup,
    deviceMs: { ...dense.deviceMs!, median: 2 * dense.deviceMs!.median },
  }
  const whole: Comparison = { ...comparison, candidates: [...comparison.candidates, tables] }
  const rounds = (slower: number) => [1, 1.1, 0.9, 1, 1.05, 0.95, 1.02].map((ms) => slower * ms)
  return { whole, dense, tables, rounds }
}

describe('look-up beside dense', () => {
  it('gives measured and theoretical speed-up, size, and whether the difference is certain', () => {
    const { whole, dense, rounds } = withLookup()
    const server = rounds(1)
    const judged = withVerdicts(
      whole,
      new Map([
        [dense.id, { device: rounds(1), server, group: 'a' }],
        ['tables', { device: rounds(2), server, group: 'a' }],
      ]),
      null,
    )
    const [row, ...others] = speedUps(judged)
    expect(others).toEqual([])
    expect(row).toMatchObject({ measured: 0.5, theoretical: 4, smaller: 4 })
    expect(row!.verdict).toMatchObject({ reference: dense.id, faster: 'reference', paired: true })
    expect(row!.verdict!.ratio).toBeCloseTo(2, 12)
    expect(describeSpeedUp(row!)).toBe('slower')
  })

  it('goes by the medians, and says so, where the two did not take turns; and is empty without look-ups', () => {
    const { whole } = withLookup()
    expect(describeSpeedUp(speedUps(whole)[0]!)).toBe('slower by the medians')
    const untimed = { ...whole, candidates: whole.candidates.map((one) => ({ ...one, deviceMs: null })) }
    expect(describeSpeedUp(speedUps(untimed)[0]!)).toBe('not timed')
    expect(speedUps(fixtureComparison())).toEqual([])
  })
})
