import { describe, expect, it } from 'vitest'
import { ownAssumptions } from '#common/latency/assumptions.ts'
import { random } from '#common/random.ts'
import { decide } from '#common/selection/decide.ts'
import { placing } from '#common/selection/placed.ts'
import { parseQuery } from '#common/selection/query.ts'
import { Reselection } from '#common/selection/reselection.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

/** A slow device: where the network is cut makes a difference. */
const comparison = fixtureComparison({ gamma: 10 })
const base = placing(comparison)
const wish = (where = '') => ({ terms: parseQuery(where, base.known), objective: 'latency' as const })
const at = (rateMbps: number) => ({ rateMbps, rttMs: 2, atLeast: false, rate95: null })
const bestAt = (rateMbps: number, where = '') =>
  decide(base, { ...wish(where), assumptions: { ...ownAssumptions(comparison), link: at(rateMbps) } }).selection.chosen!

describe('re-selection', () => {
  it('begins with the best, and stays while the link stays', () => {
    const live = new Reselection(base, wish())
    const first = live.look(at(5))
    expect(first.current!.candidate.id).toBe(bestAt(5).candidate.id)
    expect(first.reason).toBe('first choice at 5 Mbit/s and 2 ms round trip')
    for (let look = 0; look < 5; look++) expect(live.look(at(5)).reason).toBeNull()
  })

  it('decides under a lower bound of the rate where there is no more, and says so', () => {
    const live = new Reselection(base, wish())
    const first = live.look({ ...at(5), atLeast: true })
    expect(first.current!.candidate.id).toBe(bestAt(5).candidate.id)
    expect(first.reason).toBe(
      'first choice with at least 5 Mbit/s (all that the messages prove, so it decides) and 2 ms round trip',
    )
  })

  it('changes after two looks when the link has really changed, and back', () => {
    const where = 'cut != output'
    const [slow, fast] = [bestAt(0.2, where), bestAt(500, where)]
    expect(slow.candidate.id).not.toBe(fast.candidate.id)
    const live = new Reselection(base, wish(where))
    live.look(at(500))
    expect(live.look(at(0.2))).toMatchObject({ reason: null })
    const changed = live.look(at(0.2))
    expect(changed.current!.candidate.id).toBe(slow.candidate.id)
    expect(changed.reason).toMatch(/^at 0\.2 Mbit\/s and 2 ms round trip latency .* instead of .* % better in 2 looks/)
    live.look(at(500))
    expect(live.look(at(500)).current!.candidate.id).toBe(fast.candidate.id)
  })

  it('does not flap on a link that is noisy around a border between two choices', () => {
    const where = 'cut != output'
    // The border: where the choice changes between 0.2 and 500 Mbit/s.
    let [low, high] = [0.2, 500]
    const below = bestAt(low, where).candidate.id
    while (high / low > 1.001) {
      const middle = Math.sqrt(low * high)
      if (bestAt(middle, where).candidate.id === below) low = middle
      else high = middle
    }
    const noise = random(7, 'noisy link')
    const live = new Reselection(base, wish(where))
    const naive = new Reselection(base, wish(where), { margin: 0, looks: 1 })
    let [changes, naiveChanges] = [0, 0]
    for (let look = 0; look < 300; look++) {
      const link = at(low * (1 + 0.1 * (noise.next() - 0.5)))
      if (live.look(link).reason) changes++
      if (naive.look(link).reason) naiveChanges++
    }
    expect(naiveChanges).toBeGreaterThan(50)
    expect(changes).toBe(1)
  })

  it('leaves a candidate at once that breaks a limit, and keeps it where nothing fits', () => {
    const fastest = bestAt(500, 'cut != output')
    const limit = `cut != output, latency <= ${fastest.values.latency! * 3} ms`
    const live = new Reselection(base, wish(limit))
    expect(live.look(at(500)).current!.candidate.id).toBe(fastest.candidate.id)
    const none = live.look(at(0.01))
    expect(none.decision.selection.chosen).toBeNull()
    expect(none.current!.candidate.id).toBe(fastest.candidate.id)
    const rates = Array.from({ length: 60 }, (_, index) => 500 / 1.2 ** index)
    const broken = rates.find((rate) => {
      const here = decide(base, { ...wish(limit), assumptions: { ...ownAssumptions(comparison), link: at(rate) } })
      return (
        here.selection.chosen && !here.selection.allowed.some(({ candidate }) => candidate.id === fastest.candidate.id)
      )
    })!
    expect(live.look(at(broken)).reason).toMatch(/breaks the limit of latency/)
  })
})
