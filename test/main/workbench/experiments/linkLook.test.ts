import { describe, expect, it } from 'vitest'
import { random } from '#common/random.ts'
import type { Probe } from '../../../../src/main/workbench/experiments/linkLook.ts'
import { lookAtLink } from '../../../../src/main/workbench/experiments/linkLook.ts'

const header = 16
/** A link of the arguments' rate and round trip whose messages are held up by up to `noiseMs`. */
function link(rateMbps: number, rttMs: number, noiseMs: number) {
  const draw = random(5, 'look')
  const sent: number[] = []
  const probe: Probe = (size, rounds) => {
    const payloads = Array.from({ length: 2 * rounds }, (_, i) => (i % 2 === 0 ? 0 : size))
    sent.push(...payloads)
    return Promise.resolve(
      payloads.map((payload) => {
        const bytes = payload + header
        return { bytes, ms: (8 * bytes) / (rateMbps * 1000) + rttMs + noiseMs * draw.next() }
      }),
    )
  }
  return { probe, sent }
}

describe('a look at the link', () => {
  it('takes few small messages where the link is slow', async () => {
    const { probe, sent } = link(0.1, 10, 1)
    const fit = await lookAtLink(probe)
    expect(fit.atLeast).toBe(false)
    expect(fit.rateMbps).toBeGreaterThan(0.09)
    expect(fit.rateMbps).toBeLessThan(0.11)
    expect(Math.max(...sent)).toBe(256)
    expect(sent).toHaveLength(10)
  })

  it('sends larger ones where bytes cannot be told from noise, and then has a rate', async () => {
    const { probe, sent } = link(200, 2, 3)
    const fit = await lookAtLink(probe)
    expect(fit.atLeast).toBe(false)
    expect(fit.rateMbps).toBeGreaterThan(100)
    expect(fit.rateMbps).toBeLessThan(400)
    expect(Math.max(...sent)).toBeGreaterThan(16_384)
  })

  it('ends with a lower bound, of which the link really has more', async () => {
    const { probe, sent } = link(50_000, 0.2, 30)
    const fit = await lookAtLink(probe)
    expect(fit.atLeast).toBe(true)
    expect(fit.rateMbps).toBeLessThan(50_000)
    // What the largest message went through with: no slower than all of its noise.
    expect(fit.rateMbps).toBeGreaterThan((8 * Math.max(...sent)) / (31 * 1000))
    expect(sent).toHaveLength(2 + 3 * 8)
  })
})
