import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bestCuts } from '#common/charts/bestCuts.ts'
import { knownLinks, parseLink } from '#common/latency/links.ts'
import { shiLatency } from '#common/latency/shi.ts'
import { whatIf, whatIfBase } from '../../src/renderer/whatif/cuts.ts'
import { gammaScale, rateScale, toPosition, toValue } from '../../src/renderer/whatif/scale.ts'
import { fixtureComparison } from '../fixtures/comparison.ts'

const measured = fixtureComparison()
const base = whatIfBase(measured)

it('gives the numbers of the report on the links of the report', () => {
  for (const link of knownLinks) {
    const series = whatIf(base, { link, gamma: null, serverLoad: 1 })
    for (const { cuts } of series) {
      for (const { candidate, totalMs, ci95, transmissionMs } of cuts) {
        const stored = candidate.byLink[link.name]!
        expect([totalMs, ci95, transmissionMs]).toEqual([
          stored.endToEnd!.composedMs,
          stored.endToEnd!.ci95,
          stored.transmissionMs,
        ])
      }
    }
    expect(series.map(({ best }) => best?.candidate.id ?? null)).toEqual(
      bestCuts(measured, link.name).map(({ candidate }) => candidate?.id ?? null),
    )
  }
})

it('has one cut of a framework at a point where its series are too many: the fastest inside the bound', () => {
  const many = {
    ...measured,
    candidates: measured.candidates.flatMap((one) => {
      if (one.framework !== 'two-step' || one.step !== 'step2') return [one]
      const code = (step: string, loss: number) => ({
        ...{ ...one, id: `${one.id}-${step}`, framework: 'ccto', step: `${one.partitionPoint} ${step}` },
        validationAccuracy: measured.baseline.validationAccuracy - loss,
      })
      const fast = { ...code('fast', 0.5), deviceMs: { ...one.deviceMs!, median: one.deviceMs!.median / 2 } }
      return [fast, code('true', 0), { ...code('slow', 0), deviceMs: { ...one.deviceMs!, median: 99 } }]
    }),
  }
  const link = parseLink('wifi')
  const series = whatIf(whatIfBase(many), { link, gamma: null, serverLoad: 1 })
  expect(series.map(({ label }) => label)).toEqual(['only-splitting', 'two-step', 'ccto'])
  const ccto = series[2]!
  expect(new Set(ccto.cuts.map(({ place }) => place)).size).toBe(ccto.cuts.length)
  for (const { candidate } of ccto.cuts) expect(candidate.step).toMatch(/ true$/)
  expect(ccto.bestDetail).toBe(ccto.best!.candidate.step)
  const total = (one: (typeof many.candidates)[number]): number => one.byLink.wifi!.endToEnd!.composedMs
  for (const { best } of series.slice(0, 2)) {
    const own = many.candidates.filter(
      (one) =>
        one.framework === best!.candidate.framework &&
        many.baseline.validationAccuracy - one.validationAccuracy <= many.maxLoss,
    )
    expect(best!.totalMs).toBe(Math.min(...own.map(total)))
  }
})

it("is the model of Shi et al. with the device's γ", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 1000, noNaN: true }),
      fc.double({ min: 1, max: 100, noNaN: true }),
      (rateMbps, gamma) => {
        const link = { rateMbps, rttMs: null }
        for (const { cuts } of whatIf(base, { link, gamma, serverLoad: 1 })) {
          for (const { candidate, totalMs } of cuts) {
            const cut = {
              point: candidate.partitionPoint,
              headMs: candidate.deviceMs!.median,
              tailMs: candidate.serverMs!.median,
              bytes: candidate.payloadBytes + candidate.headerBytes,
            }
            expect(totalMs).toBeCloseTo(shiLatency(cut, gamma, link), 9)
          }
        }
      },
    ),
    { numRuns: 20 },
  )
})

it('starts from γ = 1 where the times were taken under another γ', () => {
  const modelled = fixtureComparison({ gamma: 5 })
  const link = parseLink('wifi')
  const asTaken = whatIf(whatIfBase(modelled), { link, gamma: 5, serverLoad: 1 })
  const halved = whatIf(whatIfBase(modelled), { link, gamma: 2.5, serverLoad: 1 })
  for (const [index, { cuts }] of asTaken.entries()) {
    for (const [at, cut] of cuts.entries()) {
      expect(cut.totalMs).toBe(cut.candidate.endToEnd!.composedMs)
      expect(halved[index]!.cuts[at]!.deviceMs).toBeCloseTo(cut.deviceMs! / 2, 12)
    }
  }
})

it('has no total where a time is missing, and picks no such cut', () => {
  const untimed = {
    ...measured,
    candidates: measured.candidates.map((candidate) => ({ ...candidate, deviceMs: null })),
  }
  for (const { cuts, best } of whatIf(whatIfBase(untimed), { link: parseLink('3g'), gamma: null, serverLoad: 1 })) {
    expect(best).toBeNull()
    for (const { totalMs, transmissionMs } of cuts) {
      expect(totalMs).toBeNull()
      expect(transmissionMs).toBeGreaterThan(0)
    }
  }
})

it('shows with three digits what it computes with', () => {
  fc.assert(
    fc.property(fc.double({ min: rateScale.min, max: rateScale.max, noNaN: true }), (position) => {
      const value = toValue(position)
      expect(Number(value.toPrecision(3))).toBe(value)
      expect(toPosition(value, rateScale)).toBeCloseTo(position, 2)
    }),
  )
  expect(toPosition(1e6, gammaScale)).toBe(gammaScale.max)
})
