import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Time } from '#common/contract/result.ts'
import { composedSource, composeEndToEnd, modelledDeviceTime } from '#common/latency/compose.ts'

const time = (median: number, low: number, high: number, source: Time['source'] = 'measured'): Time => ({
  median,
  p95: high * 1.2,
  ci95: [low, high],
  n: 100,
  source,
})

describe('end-to-end composition', () => {
  it('adds the parts, and the intervals as roots of squares per side', () => {
    const result = composeEndToEnd(time(10, 7, 14), 2.5, time(5, 1, 8))
    expect(result).toEqual({
      composedMs: 17.5,
      measuredMs: null,
      parts: { device: 10, transmission: 2.5, server: 5 },
      ci95: [17.5 - 5, 17.5 + 5],
    })
  })

  it('has an interval that contains the sum and lies within the sum of the bounds', () => {
    const arbitrary = fc
      .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }))
      .map(([median, below, above]) => time(median, median - below / 101, median + above))
    fc.assert(
      fc.property(arbitrary, arbitrary, fc.integer({ min: 0, max: 50 }), (device, server, transmission) => {
        const { composedMs, ci95 } = composeEndToEnd(device, transmission, server)
        expect(ci95[0]).toBeLessThanOrEqual(composedMs)
        expect(ci95[1]).toBeGreaterThanOrEqual(composedMs)
        expect(ci95[0]).toBeGreaterThanOrEqual(device.ci95[0] + transmission + server.ci95[0] - 1e-9)
        expect(ci95[1]).toBeLessThanOrEqual(device.ci95[1] + transmission + server.ci95[1] + 1e-9)
      }),
    )
  })

  it('models a device as γ times the server machine, and says so', () => {
    expect(modelledDeviceTime(time(2, 1, 4), 5)).toEqual({
      median: 10,
      p95: 24,
      ci95: [5, 20],
      n: 100,
      source: 'modelled',
    })
  })

  it('calls a sum measured only if both parts are', () => {
    expect(composedSource(time(1, 1, 1), time(1, 1, 1))).toBe('measured')
    expect(composedSource(time(1, 1, 1, 'emulated'), time(1, 1, 1))).toBe('emulated')
    expect(composedSource(time(1, 1, 1, 'modelled'), time(1, 1, 1, 'emulated'))).toBe('modelled')
  })
})
