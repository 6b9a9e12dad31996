import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShapedWay, wayBack, wayThere } from '#common/latency/shaping.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { random } from '#common/random.ts'

const never = { next: () => 1 }
const sequence = (...values: number[]) => ({ next: () => values.shift() ?? 1 })

describe('a shaped way', () => {
  it('takes what transmissionMs computes, for a message that comes in as a whole', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        fc.option(fc.double({ min: 0, max: 300, noNaN: true })),
        fc.integer({ min: 1, max: 200_000 }),
        (rateMbps, rttMs, bytes) => {
          const link = { name: 'x', rateMbps, rttMs }
          expect(wayThere(link, never).send(1000, bytes) - 1000).toBeCloseTo(transmissionMs(bytes, link), 6)
        },
      ),
    )
  })

  it('sends one after the other, and rests in between', () => {
    const way = new ShapedWay({ rateMbps: 1, rttMs: 20 }, never)
    expect(way.send(0, 125)).toBeCloseTo(11)
    expect(way.send(0, 125)).toBeCloseTo(12)
    expect(way.send(0.5, 125)).toBeCloseTo(13)
    expect(way.send(100, 125)).toBeCloseTo(111)
  })

  it('back has the delay and not the rate', () => {
    expect(wayBack({ name: 'x', rateMbps: 1, rttMs: 20 }, never).send(5, 1000)).toBe(15)
    expect(wayBack({ name: 'x', rateMbps: 1, rttMs: null }, never).send(5, 1000)).toBe(5)
  })

  it('shows a lost last segment as a timer, one in the middle as a round trip; what follows waits', () => {
    const link = { rateMbps: 1, rttMs: 20, loss: 0.1 }
    // 100 bytes: 0.8 ms; lost once: 200 ms and a round trip more, and the time on the link again.
    expect(new ShapedWay(link, sequence(0)).send(0, 100)).toBeCloseTo(10.8 + 220 + 0.8)
    expect(new ShapedWay(link, sequence(0, 0)).send(0, 100)).toBeCloseTo(10.8 + 220 + 440 + 1.6)
    const large = 5 * 1460
    const whole = (8 * large) / 1000 + 10
    expect(new ShapedWay(link, sequence(0)).send(0, large)).toBeCloseTo(whole)
    const way = new ShapedWay({ rateMbps: 100, rttMs: 20, loss: 0.1 }, sequence(0))
    const first = way.send(0, large)
    expect(first).toBeCloseTo(0.1168 + 10 + 20 + 0.1168)
    expect(way.send(0.2, 10)).toBe(first)
  })

  it('loses the share that it was told', () => {
    const way = new ShapedWay({ rateMbps: 1000, rttMs: 0, loss: 0.05 }, random(1, 'loss'))
    const count = 20_000
    let late = 0
    for (let i = 0; i < count; i++) if (way.send(i * 1e6, 100) > i * 1e6 + 100) late++
    expect(late / count).toBeGreaterThan(0.045)
    expect(late / count).toBeLessThan(0.055)
  })
})
