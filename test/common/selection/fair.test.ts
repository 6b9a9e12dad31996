import { describe, expect, it } from 'vitest'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { fairFields } from '#common/selection/fair.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const fixture = fixtureComparison({ link: '1mbps' })
const template = fixture.candidates.find(({ partitionPoint }) => partitionPoint === 'pool3')!
const time = (ms: number): Candidate['deviceMs'] => ({ median: ms, p95: ms, ci95: [ms, ms], n: 10, source: 'measured' })

/** A candidate that sends `bytes` (header included), with `ms` on the device and nothing on the server. */
function made(framework: string, id: string, ms: number, bytes: number, loss: number, change: Partial<Candidate> = {}) {
  return {
    ...template,
    ...{ id, framework, step: null, deviceMs: time(ms), serverMs: time(0), payloadBytes: bytes - 16, headerBytes: 16 },
    ...{ validationAccuracy: fixture.baseline.validationAccuracy - loss, accuracyLoss: loss, trainingBudget: 5000 },
    ...change,
  }
}
const comparison: Comparison = {
  ...fixture,
  maxLoss: 0.05,
  missing: [],
  candidates: [
    made('ccto', 'accurate', 1, 250, 0.01),
    made('ccto', 'small', 1, 125, 0.04),
    made('ccto', 'too much', 0.1, 20, 0.06),
    made('bottlenet', 'late', 3, 25, 0.02),
    made('jscc', 'none', 0.1, 20, 0.5),
    made('auto', 'ours', 0.5, 31.25, 0.03),
  ],
}

describe('the field of entries', () => {
  const fields = fairFields(comparison)

  it('judges at 1 and 5.85 Mbit/s, on this computer and on one ten times slower', () => {
    expect(fields.map(({ title }) => title)).toEqual([
      '1 Mbit/s, this computer',
      '5.85 Mbit/s, this computer',
      '1 Mbit/s, modelled device, γ 10',
      '5.85 Mbit/s, modelled device, γ 10',
    ])
  })

  it('gives every framework its fastest candidate inside the bound, for each of them anew', () => {
    const bestOf = (index: number) =>
      Object.fromEntries(fields[index]!.rows.map(({ framework, best }) => [framework, best?.candidate.id ?? null]))
    // 125 bytes are 1 ms at 1 Mbit/s.
    expect(bestOf(0)).toEqual({ auto: 'ours', ccto: 'small', bottlenet: 'late', jscc: null })
    expect(fields[0]!.rows.map(({ framework }) => framework)).toEqual(['auto', 'ccto', 'bottlenet', 'jscc'])
    expect(fields[0]!.rows[1]!.best!.values.latency).toBeCloseTo(2, 9)
    expect(fields[2]!.rows.find(({ framework }) => framework === 'ccto')!.best!.values.latency).toBeCloseTo(11, 9)
  })

  it('measures ours against the fastest of all others, with what it costs of accuracy', () => {
    expect(fields[0]!.reference?.candidate.id).toBe('small')
    expect(fields[0]!.own!.ratio).toBeCloseTo((0.5 + 0.25) / 2, 9)
    expect(fields[0]!.own!.extraLoss).toBeCloseTo(-0.01, 9)
    expect(fields[0]!.rows.find(({ framework }) => framework === 'bottlenet')!.ratio).toBeCloseTo(3.2 / 2, 9)
  })

  it('takes of ours what loses no more than that on validation images, though a faster one is inside the bound', () => {
    const risky = made('auto', 'risky', 0.1, 20, 0.045)
    const [first] = fairFields({ ...comparison, candidates: [...comparison.candidates, risky] })
    expect(first!.rows[0]!.best!.candidate.id).toBe('risky')
    expect(first!.own!.chosen.candidate.id).toBe('ours')
    const ours = comparison.candidates.filter(({ framework }) => framework !== 'auto')
    expect(fairFields({ ...comparison, candidates: [...ours, risky] })[0]!.own!.chosen.candidate.id).toBe('risky')
  })

  it('shows a framework that has nothing inside the bound, and one whose cells are all empty', () => {
    const row = fields[0]!.rows.find(({ framework }) => framework === 'jscc')!
    expect(row).toMatchObject({ best: null, candidates: 1, ratio: null, trainingBudget: 5000 })
    const missing = [{ framework: 'auto', step: null, partitionPoint: 'pool3', reason: 'nothing fits' }]
    const others = comparison.candidates.filter(({ framework }) => framework !== 'auto')
    const [first] = fairFields({ ...comparison, candidates: others, missing })
    expect(first!.rows.at(-1)).toMatchObject({ framework: 'auto', best: null, candidates: 0 })
    expect(first!.own).toBeNull()
  })

  it('does not slow down what is no time of this computer', () => {
    const board = { ...comparison, device: { ...comparison.device, kind: 'ssh' as const, name: 'pi' } }
    expect(fairFields(board).map(({ title }) => title)).toEqual(['1 Mbit/s, pi', '5.85 Mbit/s, pi'])
  })
})
