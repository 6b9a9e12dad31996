import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Selectable } from '#common/latency/select.ts'
import { paretoFront, selectFastest, selectLightest, selectMostAccurate } from '#common/latency/select.ts'

/** Few distinct values, so that ties are common. */
const candidate: fc.Arbitrary<Selectable> = fc.record({
  latencyMs: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 6 }),
  loss: fc.integer({ min: -2, max: 8 }).map((points) => points / 100),
  accuracy: fc.integer({ min: 60, max: 70 }).map((percent) => percent / 100),
  headMacs: fc.integer({ min: 0, max: 6 }),
  payloadBits: fc.integer({ min: 1, max: 6 }).map((bytes) => bytes * 8),
})
const candidates = fc.array(candidate, { maxLength: 25 })

describe('selection against brute force', () => {
  it('a: fastest inside the loss', () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const allowed = all.filter(({ latencyMs, loss }) => latencyMs !== null && loss <= 0.05)
        const { chosen, next } = selectFastest(all, 0.05)
        const times = allowed.map(({ latencyMs }) => latencyMs!).sort((a, b) => a - b)
        expect(chosen?.latencyMs ?? null).toBe(times[0] ?? null)
        expect(next?.latencyMs ?? null).toBe(times[1] ?? null)
        if (chosen) expect(chosen).toBe(allowed.find(({ latencyMs }) => latencyMs === times[0]))
      }),
    )
  })

  it('b: most accurate inside the time', () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const allowed = all.filter(({ latencyMs }) => latencyMs !== null && latencyMs <= 6)
        const { chosen } = selectMostAccurate(all, 6)
        expect(chosen?.accuracy ?? -Infinity).toBe(Math.max(...allowed.map(({ accuracy }) => accuracy)))
      }),
    )
  })

  it('c: least work on the device inside loss and bits', () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const allowed = all.filter(({ loss, payloadBits }) => loss <= 0.03 && payloadBits <= 24)
        const { chosen, of } = selectLightest(all, 0.03, 24)
        expect(chosen?.headMacs ?? Infinity).toBe(Math.min(...allowed.map(({ headMacs }) => headMacs)))
        expect(of).toBe(all.length)
      }),
    )
  })

  it('d: the Pareto front is exactly what nothing beats', () => {
    const beats = (a: Selectable, b: Selectable): boolean => {
      const better = [b.latencyMs! - a.latencyMs!, a.accuracy - b.accuracy, b.headMacs - a.headMacs]
      return better.every((gain) => gain >= 0) && better.some((gain) => gain > 0)
    }
    fc.assert(
      fc.property(candidates, (all) => {
        const front = paretoFront(all)
        const timed = all.filter(({ latencyMs }) => latencyMs !== null)
        for (const one of timed) expect(front.includes(one)).toBe(!timed.some((other) => beats(other, one)))
      }),
    )
  })

  it('says how many candidates each limit rules out', () => {
    const one: Selectable = { latencyMs: 5, loss: 0.01, accuracy: 0.7, headMacs: 1, payloadBits: 8 }
    const selection = selectFastest(
      [one, { ...one, loss: 0.2 }, { ...one, latencyMs: null }, { ...one, latencyMs: 6 }],
      0.05,
    )
    expect(selection.chosen).toBe(one)
    expect(selection.next?.latencyMs).toBe(6)
    expect(selection).toMatchObject({ allowed: 2, of: 4 })
    expect(selection.excluded).toEqual([
      { limit: 'has measured or modelled times', count: 1 },
      { limit: 'loss ≤ 5 points', count: 1 },
    ])
    expect(selectFastest([], 0.05).chosen).toBeNull()
  })
})
