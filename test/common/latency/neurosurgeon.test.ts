import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { radioPower } from '#common/latency/energy.ts'
import { parseLink } from '#common/latency/links.ts'
import { decide } from '#common/selection/decide.ts'
import { placing } from '#common/selection/placed.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const fixture = fixtureComparison({ frameworks: ['only-splitting'], link: '3g' })
/** The cuts j = 0…N of the unpruned network: the image, every point with 8-bit features, all on the device. */
const cuts = fixture.candidates.filter(({ codec, partitionPoint }) => codec === 'uint8' || partitionPoint === 'output')
const names = ['3g', '4g', 'wifi'] as const
const watts = 3.7

interface Layer {
  device: number
  server: number
  bytes: number
}
const layers = fc.array(
  fc.record({
    device: fc.double({ min: 0, max: 30, noNaN: true }),
    server: fc.double({ min: 0, max: 10, noNaN: true }),
    bytes: fc.integer({ min: 1, max: 70_000 }),
  }),
  { minLength: cuts.length, maxLength: cuts.length },
)
const time = (ms: number): Candidate['deviceMs'] => ({ median: ms, p95: ms, ci95: [ms, ms], n: 10, source: 'measured' })

/** TM_1…TM_j, and TC_(j+1)…TC_N: what a cut behind layer j takes on either side. */
const cutTimes = (all: readonly Layer[], j: number) => ({
  device: all.slice(1, j + 1).reduce((sum, { device }) => sum + device, 0),
  server: all.slice(j + 1).reduce((sum, { server }) => sum + server, 0),
})

const comparisonOf = (all: readonly Layer[]): Comparison => ({
  ...fixture,
  candidates: cuts.map((candidate, j) => {
    const { device, server } = cutTimes(all, j)
    return {
      ...candidate,
      ...{ deviceMs: time(device), serverMs: time(server), payloadBytes: all[j]!.bytes, headerBytes: 0 },
      energy: {
        ...{
          source: 'modelled' as const,
          meter: null,
          activeW: watts,
          idleW: 1.4,
          readingsPerS: null,
          radioMj: null,
          readMs: null,
        },
        ...{ perRunMj: watts * device, aboveIdleMj: (watts - 1.4) * device },
      },
    }
  }),
})

/** Neurosurgeon's rule (frameworks.md §4.4) written down once more: the least of each target over j = 0…N. */
function byHand(all: readonly Layer[], name: (typeof names)[number], load: number) {
  const { rateMbps } = parseLink(name)
  const { alpha, beta } = radioPower[name]!
  const values = all.map(({ bytes }, j) => {
    const { device, server } = cutTimes(all, j)
    const sendMs = (8 * bytes) / (rateMbps * 1000)
    return {
      latency: device + load * server + sendMs,
      energy: device * watts + ((alpha * rateMbps + beta) / 1000) * sendMs,
    }
  })
  const least = (target: 'latency' | 'energy'): number => Math.min(...values.map((value) => value[target]))
  return { values, latency: least('latency'), energy: least('energy') }
}

describe('only-splitting (frameworks.md §16, 1)', () => {
  it.each(['latency', 'energy'] as const)(
    'takes the cut of the least %s of all, at any rate and server load: no fixed cut is ever better',
    (objective) => {
      fc.assert(
        fc.property(
          layers,
          fc.constantFrom(...names),
          fc.double({ min: 0.1, max: 20, noNaN: true }),
          (all, name, load) => {
            const { rateMbps } = parseLink(name)
            const { selection } = decide(placing(comparisonOf(all)), {
              ...{ terms: [], objective, radio: name },
              assumptions: { link: { rateMbps, rttMs: null }, gamma: null, serverLoad: load },
            })
            const expected = byHand(all, name, load)
            expect(selection.of).toBe(cuts.length)
            expect(selection.chosen!.values[objective]).toBeCloseTo(expected[objective], 6)
            for (const value of expected.values) {
              expect(selection.chosen!.values[objective]!).toBeLessThanOrEqual(value[objective] + 1e-9)
            }
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  it('leaves the server where that is loaded', () => {
    const all = cuts.map(() => ({ device: 2, server: 1, bytes: 10 }))
    const chosen = (load: number): string =>
      decide(placing(comparisonOf(all)), {
        ...{ terms: [], objective: 'latency' as const },
        assumptions: { link: { rateMbps: 1000, rttMs: null }, gamma: null, serverLoad: load },
      }).selection.chosen!.point
    expect(chosen(1)).toBe('input')
    expect(chosen(3)).toBe('output')
  })
})
