import { describe, expect, it } from 'vitest'
import { Meter } from '#common/experiment/meter.ts'

const plan = [
  { phase: 'a', title: 'A', seconds: 10 },
  { phase: 'b', title: 'B', seconds: 30 },
  { phase: 'c', title: 'C', seconds: 60 },
]
const at = (phase: string, done: number, total: number, reused = false) => ({
  phase,
  title: '',
  unit: '',
  done,
  total,
  reused,
})

describe('Meter', () => {
  it('weighs phases by their seconds, and takes earlier phases for done', () => {
    let now = 0
    const meter = new Meter(plan, () => now)
    expect(meter.update(at('a', 5, 10)).share).toBeCloseTo(0.05)
    now = 100_000
    expect(meter.update(at('c', 1, 2)).share).toBeCloseTo(0.7)
  })

  it('corrects the plan by the pace so far', () => {
    let now = 0
    const meter = new Meter(plan, () => now)
    now = 80_000
    // 40 planned seconds took 80: with 20 s of prior experience the pace is 100/60.
    expect(meter.update(at('b', 1, 1)).etaS).toBeCloseTo((60 * 100) / 60)
  })

  it('learns nothing about speed from phases that were there already', () => {
    let now = 0
    const meter = new Meter(plan, () => now)
    now = 1000
    const { share, etaS } = meter.update(at('b', 1, 1, true))
    expect(share).toBeCloseTo(0.4)
    expect(etaS).toBeGreaterThan(40)
  })

  it('never runs backwards', () => {
    const meter = new Meter(plan, () => 0)
    meter.update(at('b', 1, 1))
    expect(meter.update(at('b', 0, 1)).share).toBeCloseTo(0.4)
  })
})
