import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeMeasuredRate, fitLink } from '#common/latency/linkFit.ts'
import { random } from '#common/random.ts'

/** Messages over a link of `rateMbps` and `rttMs`, each held up by up to `noiseMs` more. */
function messagesOver(
  { rateMbps, rttMs, noiseMs }: { rateMbps: number; rttMs: number; noiseMs: number },
  sizes: readonly number[],
  rounds: number,
  seed: number,
) {
  const draw = random(seed, 'messages')
  return Array.from({ length: rounds * sizes.length }, (_, i) => {
    const bytes = sizes[i % sizes.length]!
    // Most are held up a little, some much: as a busy computer does it.
    return { bytes, ms: (8 * bytes) / (rateMbps * 1000) + rttMs + noiseMs * draw.next() ** 4 }
  })
}

const links = fc.record({
  rateMbps: fc.double({ min: 0.05, max: 20_000, noNaN: true }),
  rttMs: fc.double({ min: 0, max: 300, noNaN: true }),
  noiseMs: fc.double({ min: 0.001, max: 200, noNaN: true }),
})
const seeds = fc.integer({ min: 0, max: 1e6 })

describe('what a link is like', () => {
  it('is found from messages, outliers among them', () => {
    const draw = random(3, 'messages')
    const messages = Array.from({ length: 60 }, (_, i) => {
      const bytes = [16, 272, 1040, 4112, 16_400][i % 5]!
      return { bytes, ms: (8 * bytes) / 2500 + 18 + draw.next() * 0.01 + (i % 7 === 0 ? 200 * draw.next() : 0) }
    })
    const { rateMbps, rttMs, atLeast, rate95 } = fitLink(messages)
    expect(rateMbps).toBeCloseTo(2.5, 1)
    expect(rttMs).toBeCloseTo(18, 0)
    expect(atLeast).toBe(false)
    expect(rate95![0]).toBeLessThanOrEqual(rateMbps)
    expect(rate95![1]).toBeGreaterThanOrEqual(rateMbps)
  })

  it('is a lower bound where time does not grow with the bytes: what the largest message went through with', () => {
    const flat = [16, 1000, 16, 1000, 16, 1000, 16, 1000].map((bytes) => ({ bytes, ms: 1 }))
    expect(fitLink(flat)).toEqual({ rateMbps: 8, rttMs: 1, atLeast: true, rate95: null })
    // The slope of these is a millionth of a ms for a byte: 8,000 Mbit/s, which nobody saw.
    const noisy = [1, 1.3, 0.9, 1.1, 1.4, 1.2, 1, 1.01].map((ms, i) => ({ bytes: i % 2 === 0 ? 16 : 16_400, ms }))
    const fit = fitLink(noisy)
    expect(fit.atLeast).toBe(true)
    expect(fit.rateMbps).toBeCloseTo((8 * 16_400) / 1.01 / 1000, 9)
  })

  it('needs more messages than two, and two sizes', () => {
    const two = [16, 1000].map((bytes) => ({ bytes, ms: bytes / 100 }))
    expect(fitLink(two)).toMatchObject({ atLeast: true, rateMbps: 0.8 })
    expect(() => fitLink([{ bytes: 16, ms: 1 }])).toThrow(/two different/)
  })

  it('never has a rate above what the best time of the largest message supports', () => {
    fc.assert(
      fc.property(links, seeds, fc.integer({ min: 1, max: 12 }), (link, seed, rounds) => {
        const messages = messagesOver(link, [16, 272, 16_400], rounds, seed)
        const best = Math.min(...messages.flatMap(({ bytes, ms }) => (bytes === 16_400 ? [ms] : [])))
        const { rateMbps, rttMs, atLeast } = fitLink(messages)
        const saysMs = (8 * 16_400) / (rateMbps * 1000) + (atLeast ? 0 : rttMs)
        expect(saysMs).toBeGreaterThanOrEqual(best * (1 - 1e-9))
      }),
    )
  })

  it('says "at least" of no more than the link really has', () => {
    fc.assert(
      fc.property(links, seeds, (link, seed) => {
        const { rateMbps, atLeast } = fitLink(messagesOver(link, [16, 4112], 4, seed))
        if (atLeast) expect(rateMbps).toBeLessThanOrEqual(link.rateMbps * (1 + 1e-9))
      }),
    )
  })

  it('has an interval that holds the true rate about as often as it says', () => {
    const link = { rateMbps: 20, rttMs: 5, noiseMs: 4 }
    const fits = Array.from({ length: 400 }, (_, seed) => fitLink(messagesOver(link, [16, 4112], 10, seed)))
    const measured = fits.flatMap(({ rate95 }) => (rate95 ? [rate95] : []))
    expect(measured.length).toBeGreaterThan(200)
    const missed = measured.filter(([low, high]) => low > 20 || high < 20).length
    expect(missed / measured.length).toBeLessThan(0.1)
  })
})

it('says what is measured, what is a lower bound, and what an older record did not know', () => {
  expect(describeMeasuredRate({ rateMbps: 18.21, atLeast: false, rate95: [17, 19] })).toBe('18.2 Mbit/s')
  expect(describeMeasuredRate({ rateMbps: 310, atLeast: true, rate95: null })).toBe('at least 310 Mbit/s')
  expect(describeMeasuredRate({ rateMbps: 1e5, atLeast: false, rate95: null })).toBe('a rate too high to be measured')
  expect(describeMeasuredRate({ rateMbps: 18, atLeast: false, rate95: null })).toBe('18 Mbit/s')
})
