import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Comparison } from '#common/contract/result.ts'
import { ownAssumptions } from '#common/latency/assumptions.ts'
import { modelledMj, radioMj } from '#common/latency/energy.ts'
import { parseLink } from '#common/latency/links.ts'
import { choiceByRate, logRates, spans } from '#common/selection/byRate.ts'
import { decide } from '#common/selection/decide.ts'
import { caveats } from '#common/selection/explain.ts'
import { place, placing } from '#common/selection/placed.ts'
import type { Objective } from '#common/selection/quantities.ts'
import { objectiveNames } from '#common/selection/quantities.ts'
import { parseQuery } from '#common/selection/query.ts'
import { select } from '#common/selection/select.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const comparison = fixtureComparison()
const base = placing(comparison)
const own = ownAssumptions(comparison)
const ask = (text: string, more: { objective?: Objective; link?: string; of?: Comparison } = {}) => {
  const placed = placing(more.of ?? comparison)
  const link = parseLink(more.link ?? 'wifi')
  return decide(placed, {
    terms: parseQuery(text, placed.known),
    objective: more.objective ?? 'latency',
    assumptions: { ...own, link },
    radio: link.name,
  })
}

describe('a comparison under assumptions', () => {
  it('has the latencies of its report on every link, each candidate once', () => {
    for (const name of ['3g', '4g', 'wifi', '1mbps']) {
      const placed = place(base, { ...own, link: parseLink(name) })
      expect(placed.map(({ candidate }) => candidate.id).sort()).toEqual(
        comparison.candidates.map(({ id }) => id).sort(),
      )
      for (const { candidate, values, intervals, endToEnd } of placed) {
        const stored = candidate.byLink[name]!.endToEnd!
        expect(values.latency).toBe(stored.composedMs)
        expect(endToEnd!.parts).toEqual(stored.parts)
        expect(intervals.latency).toEqual(stored.ci95)
      }
    }
  })

  it('scales the device by γ and the server by its load, and keeps what is counted', () => {
    const placed = place(base, { link: { rateMbps: 2, rttMs: 10 }, gamma: 7, serverLoad: 3 })
    for (const { candidate, values } of placed) {
      const { payloadBytes, headerBytes, deviceMs, serverMs } = candidate
      const expected = deviceMs!.median * 7 + (8 * (payloadBytes + headerBytes)) / 2000 + 5 + serverMs!.median * 3
      expect(values.latency).toBeCloseTo(expected, 9)
      expect(values).toMatchObject({ payload: payloadBytes, macs: candidate.headMacs, head: candidate.headParameters })
      expect(values.loss).toBe(comparison.baseline.validationAccuracy - candidate.validationAccuracy)
    }
  })

  it('counts energy of computing, and of sending where the radio is known', () => {
    const powered: Comparison = {
      ...comparison,
      candidates: comparison.candidates.map((candidate) => ({
        ...candidate,
        energy: {
          ...modelledMj(candidate.deviceMs!.median),
          ...{ radioMj: null, source: 'modelled', activeW: 3.7, idleW: 1.4, meter: null },
          ...{ readingsPerS: null, readMs: null },
        },
      })),
    }
    const link = parseLink('3g')
    const withRadio = place(placing(powered), { ...own, link, gamma: 2 }, '3g')
    const without = place(placing(powered), { ...own, link, gamma: 2 }, '1.1')
    for (const [index, { candidate, values }] of withRadio.entries()) {
      const computing = 3.7 * candidate.deviceMs!.median * 2
      const sending = radioMj(candidate.payloadBytes + candidate.headerBytes, link)!
      expect(values.energy).toBeCloseTo(computing + sending, 9)
      expect(without[index]!.values.energy).toBeCloseTo(computing, 9)
    }
  })

  it('lets times of an emulated device choose only where that is asked for', () => {
    const emulated: Comparison = {
      ...comparison,
      candidates: comparison.candidates.map((candidate, index) =>
        index % 2 === 0 ? candidate : { ...candidate, deviceMs: { ...candidate.deviceMs!, source: 'emulated' } },
      ),
    }
    const real = (id: string): boolean => comparison.candidates.findIndex((one) => one.id === id) % 2 === 0
    const { selection } = ask('', { of: emulated })
    expect(selection.allowed.length).toBe(Math.ceil(comparison.candidates.length / 2))
    expect(selection.allowed.every(({ candidate }) => real(candidate.id))).toBe(true)
    expect(caveats(placing(emulated)).join(' ')).toMatch(/times of an emulated device, which choose nothing/)
    const all = select(place(placing(emulated, true), own), [], 'latency')
    expect(all.allowed.length).toBe(comparison.candidates.length)
  })
})

describe('the explanation', () => {
  it('says what each limit excludes and how far the next best is', () => {
    const { selection, explanation } = ask('loss <= 5 pt, payload <= 1 kB, cut != output', { link: '1mbps' })
    const { chosen, next } = selection
    const outside = comparison.candidates.filter(({ payloadBytes }) => payloadBytes > 1000).length
    expect(explanation[0]).toContain(`cut after ${chosen!.point}: `)
    expect(explanation[0]).toContain(`payload ≤ 1000 B excludes ${outside}`)
    expect(explanation[0]).toMatch(/; next best \+[\d.]+ (ms|µs) \(/)
    expect(next!.values.latency!).toBeGreaterThan(chosen!.values.latency!)
  })

  it('says so where intervals overlap, and where the chosen one may break a limit', () => {
    const fastest = ask('').selection.chosen!
    const wide: Comparison = {
      ...comparison,
      candidates: comparison.candidates.map((candidate) => ({
        ...candidate,
        deviceMs: { ...candidate.deviceMs!, ci95: [candidate.deviceMs!.median * 0.5, candidate.deviceMs!.median * 2] },
      })),
    }
    const { explanation } = ask(`latency <= ${fastest.values.latency! * 1.01} ms`, { of: wide })
    expect(explanation.join('\n')).toMatch(/intervals of latency overlap: it cannot be told apart from/)
    expect(explanation.join('\n')).toMatch(/Its 95 % interval of latency \(.* to .*\) reaches past "latency ≤ /)
    const counted = ask('', { objective: 'payload' })
    expect(counted.explanation.join('\n')).not.toMatch(/cannot be told apart/)
  })

  it('says which limit empties the set alone, the nearest miss, and what would let one in', () => {
    const fastest = ask('').selection.chosen!
    const { selection, infeasible, explanation } = ask('latency <= 0.01 ms, loss <= 5 pt')
    expect(selection.chosen).toBeNull()
    expect(explanation[0]).toBe(
      `No candidate fits: latency ≤ 0.01 ms alone excludes all ${comparison.candidates.length}.`,
    )
    expect(explanation[1]).toMatch(/^Nearest miss: .* instead of ≤ 0\.01 ms/)
    const { to, gives } = infeasible!.loosen[0]!
    expect(gives.candidate.id).toBe(fastest.candidate.id)
    expect(explanation[2]).toContain('With latency ≤ ')
    expect(to!.value).toBeGreaterThanOrEqual(fastest.values.latency!)
    const together = ask('cut = input, payload <= 100 B')
    expect(together.explanation[0]).toMatch(/each limit leaves some of the \d+, all together none/)
    expect(together.explanation.join('\n')).toContain('Without "cut = input"')
  })

  it('says that nothing was timed', () => {
    const untimed = { ...comparison, candidates: comparison.candidates.map((one) => ({ ...one, serverMs: null })) }
    const { explanation } = ask('', { of: untimed })
    expect(explanation).toEqual([
      `No candidate can be chosen: "has measured or modelled times" excludes all ${comparison.candidates.length}.`,
    ])
  })
})

describe('re-selection as the rate changes', () => {
  it('chooses at every rate what a selection at that rate chooses', () => {
    const queries = ['', 'latency <= 3 ms', 'loss <= 3 pt, macs <= 9M', 'latency <= 0.5 ms, payload <= 500 B']
    const rate = fc.double({ min: 0.05, max: 500, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom(...queries),
        fc.constantFrom(...objectiveNames),
        rate,
        fc.nat(50),
        (text, aim, at, rtt) => {
          const terms = parseQuery(text, base.known)
          const placed = place(base, { ...own, link: { rateMbps: 11, rttMs: rtt } })
          const [choice] = choiceByRate(placed, terms, aim, [at], 'none')
          const there = place(base, { ...own, link: { rateMbps: at, rttMs: rtt } })
          const expected = select(there, terms, aim).chosen
          expect(choice!.latencyMs ?? 0).toBeCloseTo(expected?.values.latency ?? 0, 9)
          if (aim !== 'latency') expect(choice!.chosen?.candidate.id).toBe(expected?.candidate.id)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('puts equal choices together without gaps', () => {
    const rates = logRates(0.1, 1000, 121)
    expect(rates[0]).toBe(0.1)
    expect(rates.at(-1)).toBeCloseTo(1000, 9)
    const choices = choiceByRate(place(base, own), [], 'latency', rates, 'wifi')
    const found = spans(choices)
    expect(found[0]!.fromMbps).toBe(0.1)
    expect(found.at(-1)!.toMbps).toBeCloseTo(1000, 9)
    expect(found.length).toBeGreaterThan(1)
    for (const [index, span] of found.entries()) {
      if (index > 0) {
        expect(span.fromMbps).toBe(found[index - 1]!.toMbps)
        expect(span.chosen).not.toBe(found[index - 1]!.chosen)
      }
      for (const { rateMbps, chosen } of choices) {
        if (rateMbps > span.fromMbps && rateMbps < span.toMbps) expect(chosen).toBe(span.chosen)
      }
    }
  })
})
