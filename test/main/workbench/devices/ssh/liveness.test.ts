import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { patienceMs, watchLiveness } from '../../../../../src/main/workbench/devices/ssh/liveness.ts'

describe('patience with a silent board', () => {
  it('is 15 s when nothing is under way, more while data is, and never over a minute', () => {
    expect(patienceMs(0)).toBe(15_000)
    expect(patienceMs(2_000_000)).toBe(60_000)
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.nat(10_000_000), (less, more) => {
        expect(patienceMs(less + more)).toBeGreaterThanOrEqual(patienceMs(less))
        expect(patienceMs(less)).toBeLessThanOrEqual(60_000)
      }),
    )
  })
})

describe('the watch', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function watch() {
    const deaths: number[] = []
    let written = 0
    const liveness = watchLiveness(
      () => written,
      (silentS) => deaths.push(silentS),
    )
    return { deaths, liveness, write: (bytes: number) => (written += bytes) }
  }

  it('finds a frozen board in 16 s, and says so once', () => {
    const { deaths, liveness, write } = watch()
    vi.advanceTimersByTime(14_000)
    liveness.heard()
    write(52) // a ping
    vi.advanceTimersByTime(15_000)
    expect(deaths).toEqual([])
    vi.advanceTimersByTime(1000)
    expect(deaths).toEqual([16])
    vi.advanceTimersByTime(100_000)
    expect(deaths).toEqual([16])
  })

  it('does not give a slow link up that takes 50 s over what was sent', () => {
    const { deaths, liveness, write } = watch()
    liveness.heard()
    write(1_500_000)
    vi.advanceTimersByTime(50_000)
    expect(deaths).toEqual([])
    liveness.heard()
    vi.advanceTimersByTime(17_000)
    expect(deaths).toHaveLength(1)
  })

  it('does not blame the board when this computer has slept', () => {
    const { deaths } = watch()
    vi.advanceTimersByTime(5000)
    const now = performance.now()
    const slept = vi.spyOn(performance, 'now').mockImplementation(() => now + 3_600_000)
    vi.advanceTimersByTime(1000)
    expect(deaths).toEqual([])
    slept.mockRestore()
  })

  it('stops when it is told to', () => {
    const { deaths, liveness } = watch()
    liveness.stop()
    vi.advanceTimersByTime(100_000)
    expect(deaths).toEqual([])
  })
})
