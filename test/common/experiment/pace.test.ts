import { describe, expect, it } from 'vitest'
import type { Progress } from '#common/contract/job.ts'
import { Pace } from '#common/experiment/pace.ts'

const at = (phase: string, done: number, total: number): Progress => ({
  phase,
  title: phase,
  unit: 'epochs',
  done,
  total,
})

describe('the pace of phases without a plan', () => {
  it('expects of the rest what was seen so far, and starts anew with each phase', () => {
    let now = 0
    const pace = new Pace(() => now)
    const eta = (seconds: number, progress: Progress) => {
      now = seconds * 1000
      return pace.update(progress).etaS
    }
    expect(eta(0, at('data', 0, 1))).toBeNull()
    expect(eta(1, at('data', 1, 1))).toBeNull()
    expect(eta(2, at('training', 0, 10))).toBeNull()
    expect(eta(6, at('training', 2, 10))).toBeCloseTo(16)
    expect(eta(8, at('training', 4, 10))).toBeCloseTo(9)
    expect(eta(14, at('training', 10, 10))).toBeNull()
    expect(eta(15, at('testing', 0, 3))).toBeNull()
  })

  it('learns nothing from epochs of an earlier try, and follows a phase that begins again', () => {
    let now = 0
    const pace = new Pace(() => now)
    expect(pace.update(at('training', 8, 10)).etaS).toBeNull()
    now = 3_000
    expect(pace.update(at('training', 9, 10)).etaS).toBeCloseTo(3)
    now = 4_000
    expect(pace.update(at('training', 0, 10)).etaS).toBeNull()
    now = 5_000
    expect(pace.update(at('training', 5, 10)).etaS).toBeCloseTo(1)
  })
})
