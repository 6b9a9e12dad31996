import { describe, expect, it } from 'vitest'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { candidateSchema } from '#common/contract/result.ts'
import { int8BesideFloat } from '#common/int8/beside.ts'
import { speedUps } from '#common/lookup/speedUps.ts'
import { withVerdicts } from '#common/measurement/verdicts.ts'
import { fixtureComparison } from '../fixtures/comparison.ts'

/** A comparison with one head more, which computes in int8 what the candidate at pool2 computes. */
function withInt8() {
  const comparison = fixtureComparison({ frameworks: ['only-splitting'] })
  const float = comparison.candidates.find(
    ({ partitionPoint, codec }) => partitionPoint === 'pool2' && codec === 'uint8',
  )!
  const int8: Candidate = {
    ...{ ...float, id: 'int8', step: 'int8 head', accuracy: float.accuracy - 0.01 },
    int8: { headBytes: 300, floatBytes: 1000, error: 0.02 },
    deviceMs: { ...float.deviceMs!, median: float.deviceMs!.median / 2 },
  }
  const whole: Comparison = { ...comparison, candidates: [int8, ...comparison.candidates] }
  const rounds = (factor: number) => [1, 1.1, 0.9, 1, 1.05, 0.95, 1.02].map((ms) => factor * ms)
  return { whole, float, int8, rounds }
}

describe('int8 beside float', () => {
  it('gives the measured speed-up, what it costs, and whether the difference is certain', () => {
    const { whole, float, rounds } = withInt8()
    const server = rounds(1)
    const times = new Map([
      [float.id, { device: rounds(1), server, group: 'a' }],
      ['int8', { device: rounds(0.5), server, group: 'a' }],
    ])
    const [row, ...others] = int8BesideFloat(withVerdicts(whole, times, null))
    expect(others).toEqual([])
    expect(row).toMatchObject({ measured: 2, float: { id: float.id }, int8: { headBytes: 300 } })
    expect(row!.loss).toBeCloseTo(0.01, 12)
    expect(row!.verdict).toMatchObject({ reference: float.id, faster: 'this', paired: true })
  })

  it('is empty without int8 heads, and an int8 head is nobody’s ordinary head', () => {
    const { whole, int8 } = withInt8()
    expect(int8BesideFloat(fixtureComparison())).toEqual([])
    expect(speedUps(whole)).toEqual([])
    expect(int8BesideFloat({ candidates: [int8] })).toEqual([])
  })

  it('leaves candidates of earlier runs as they are', () => {
    const { float, int8 } = withInt8()
    expect(candidateSchema.parse(float)).not.toHaveProperty('int8')
    expect(candidateSchema.parse(int8).int8).toEqual(int8.int8)
  })
})
