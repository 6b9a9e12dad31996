import { describe, expect, it } from 'vitest'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { checklist, orderings } from '#common/orderings/checklist.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const fixture = fixtureComparison()
const template = fixture.candidates.find(
  ({ partitionPoint, codec }) => partitionPoint === 'pool3' && codec === 'uint8',
)!
const time = (ms: number): Candidate['deviceMs'] => ({ median: ms, p95: ms, ci95: [ms, ms], n: 10, source: 'measured' })

/** A candidate of `framework` with its latency (all of it on the device), loss and payload. */
function made(
  framework: string,
  ms: number,
  loss: number,
  payloadBytes = 0,
  change: Partial<Candidate> = {},
): Candidate {
  return {
    ...template,
    ...{ id: `${framework} ${ms} ${loss} ${payloadBytes}`, framework, step: null, headerBytes: 0, payloadBytes },
    ...{ deviceMs: time(ms), serverMs: time(0), accuracyLoss: loss },
    validationAccuracy: fixture.baseline.validationAccuracy - loss,
    ...change,
  }
}
const withCandidates = (candidates: Candidate[]): Comparison => ({ ...fixture, maxLoss: 0.05, candidates })
const rowOf = (comparison: Comparison, claim: RegExp) => checklist(comparison).find((row) => claim.test(row.claim))!
const verdict = (claim: RegExp, candidates: Candidate[]): boolean | null =>
  rowOf(withCandidates(candidates), claim).holds

describe('the checklist of orderings (frameworks.md §16, 8)', () => {
  it('has the claims of §§5.5 to 14 that a comparison can judge, each with what was published', () => {
    const sections = new Set(orderings.map(({ section }) => section.split(' ')[0]))
    for (const section of ['5.5', '7.7', '8.7', '9.7', '10.7', '11.9', '12.6', '14'])
      expect([...sections]).toContain(section)
    expect(new Set(orderings.map(({ framework, claim }) => `${framework} ${claim}`)).size).toBe(orderings.length)
  })

  it('never has a published time: orders and ratios only', () => {
    for (const { published } of orderings) {
      expect(published).not.toMatch(/\d\s*(ms|µs|s|seconds)\b/)
      expect(published.length).toBeGreaterThan(0)
    }
  })

  it('judges nothing where a run holds nothing that could tell', () => {
    for (const { holds, observed, reason } of checklist(withCandidates([]))) {
      expect(holds).toBeNull()
      expect(reason).toMatch(/^not run: /)
      expect(observed).toBeNull()
    }
  })

  it('shows what was observed beside every verdict, those that do not hold too', () => {
    const rows = checklist(fixture)
    const told = rows.filter(({ holds }) => holds !== null)
    expect(told.length).toBeGreaterThanOrEqual(5)
    for (const { observed } of told) expect(observed).toMatch(/\d/)
    expect(new Set(rows.map(({ framework }) => framework)).size).toBe(8)
  })
})

describe('an ordering turns with what is observed', () => {
  const field = (ms: readonly number[], losses: readonly number[]): Candidate[] =>
    ['safbmp', 'ccto', 'bottlenet-pp', 'two-step', 'only-splitting'].map((name, i) => made(name, ms[i]!, losses[i]!))

  it('of latency among five frameworks', () => {
    const claim = /^latency at 1 Mbit/
    const losses = [0.01, 0.01, 0.01, 0.01, 0]
    expect(verdict(claim, field([1, 2, 3, 4, 5], losses))).toBe(true)
    expect(verdict(claim, field([2, 1, 3, 4, 5], losses))).toBe(false)
    // Only what is inside the bound counts, and one that has nothing there leaves the order unjudged.
    expect(verdict(claim, field([1, 2, 3, 4, 5], [0.06, 0.01, 0.01, 0.01, 0]))).toBeNull()
    // Sending the image is no split of theirs.
    const sent = made('only-splitting', 0.1, 0, 0, { partitionPoint: 'input' })
    expect(verdict(claim, [...field([1, 2, 3, 4, 5], losses), sent])).toBe(true)
  })

  it('of accuracy among five frameworks', () => {
    const ms = [1, 1, 1, 1, 1]
    expect(verdict(/^accuracy: only-splitting/, field(ms, [0.01, 0.03, 0.02, 0.04, 0]))).toBe(true)
    expect(verdict(/^accuracy: only-splitting/, field(ms, [0.03, 0.02, 0.01, 0.04, 0]))).toBe(false)
  })

  it('of CCTO beside BottleNet++', () => {
    const pair = (own: [number, number], other: [number, number]) => [
      made('ccto', ...own),
      made('bottlenet-pp', ...other),
    ]
    expect(verdict(/^CCTO is faster/, pair([1, 0.02], [2, 0.01]))).toBe(true)
    expect(verdict(/^CCTO is faster/, pair([2, 0.02], [1, 0.01]))).toBe(false)
    expect(verdict(/^CCTO loses no less/, pair([1, 0.02], [2, 0.01]))).toBe(true)
    expect(verdict(/^CCTO loses no less/, pair([1, 0.01], [2, 0.02]))).toBe(false)
  })

  it('of bytes, within the bound', () => {
    const jpeg = made('cloud-only', 1, 0.03, 400, { codec: 'uint8 jpeg 20', partitionPoint: 'input' })
    expect(verdict(/^BottleNet sends fewer/, [made('bottlenet', 1, 0.01, 100), jpeg])).toBe(true)
    expect(verdict(/^BottleNet sends fewer/, [made('bottlenet', 1, 0.01, 500), jpeg])).toBe(false)
    const both = (own: number, other: number) => [made('bottlenet-pp', 1, 0, own), made('bottlenet', 1, 0, other)]
    expect(verdict(/^BottleNet\+\+ needs fewer bits/, both(10, 20))).toBe(true)
    expect(verdict(/^BottleNet\+\+ needs fewer bits/, both(20, 10))).toBe(false)
    // Symbols are no bits.
    const symbols = [made('bottlenet-pp', 1, 0, 1, { symbols: 8 }), made('bottlenet', 1, 0, 10)]
    expect(verdict(/^BottleNet\+\+ needs fewer bits/, symbols)).toBeNull()
  })

  it('of energy beside latency, by the power of the radio', () => {
    const claim = /^BottleNet gains more energy/
    // 8 kB in 58, 11 and 3.4 ms at 1.77, 3.85 and 5.48 W; a device that computes draws 3.7 W.
    const image = made('cloud-only', 0, 0, 8000)
    const row = rowOf(withCandidates([made('bottlenet', 1, 0.01, 0), image]), claim)
    expect(row).toMatchObject({ holds: false })
    // Energy: 58.2 · 1.774/3.7 = 27.9, 10.94 · 3.853/3.7 = 11.4, 3.39 · 5.479/3.7 = 5.02 times.
    expect(row.observed).toContain('14.8 and 24.2 times (3g 27.9 and 58.2, 4g 11.4 and 10.9, wifi 5.02 and 3.39)')
    expect(row.observed).toMatch(/modelled: 3.7 W/)
    // A board of half of the power computes for half of the energy.
    const energy = {
      ...{ perRunMj: 1, aboveIdleMj: 1, radioMj: null, source: 'modelled' as const, activeW: 1, idleW: 0 },
      ...{ meter: null, readingsPerS: null, readMs: null },
    }
    const light = rowOf(withCandidates([made('bottlenet', 1, 0.01, 0, { energy }), image]), claim)
    expect(light).toMatchObject({ holds: true })
    expect(light.observed).toMatch(/modelled: 1 W/)
    const emulated = { deviceMs: { ...time(1)!, source: 'emulated' as const } }
    expect(verdict(claim, [made('bottlenet', 1, 0.01, 0, emulated), image])).toBeNull()
  })

  it('of symbols, and of cuts', () => {
    const one = (framework: string, point: string, symbols: number, headMacs: number, loss = 0.01) =>
      made(framework, 1, loss, symbols, { partitionPoint: point, symbols, headMacs })
    const fewer = /^at most 2 points lost, JSCC/
    expect(verdict(fewer, [one('jscc', 'pool3', 8, 1), one('bottlenet-pp', 'pool3', 64, 1)])).toBe(true)
    expect(verdict(fewer, [one('jscc', 'pool3', 8, 1, 0.03), one('bottlenet-pp', 'pool3', 64, 1)])).toBeNull()
    const later = /^a later cut needs fewer symbols/
    expect(verdict(later, [one('jscc', 'pool2', 64, 1), one('jscc', 'pool4', 8, 2)])).toBe(true)
    expect(verdict(later, [one('jscc', 'pool2', 8, 1), one('jscc', 'pool4', 64, 2)])).toBe(false)
  })

  it('of how far step 2 goes', () => {
    const steps = (first: number, second: number) => [
      made('two-step', 1, 0, 0, { step: 'step1', elements: first }),
      made('two-step', 1, 0, 1, { step: 'step2', elements: second }),
    ]
    expect(verdict(/^step 2 sends between/, steps(600, 100))).toBe(true)
    expect(verdict(/^step 2 sends between/, steps(200, 100))).toBe(false)
    expect(verdict(/^step 2 sends at most 3/, steps(600, 1200))).toBe(true)
    expect(verdict(/^step 2 sends at most 3/, steps(2000, 1300))).toBe(false)
  })

  it('of cuts of the unpruned network', () => {
    // A million bytes a second of difference: the late cut sends little and takes long.
    const at = (partitionPoint: string, ms: number, bytes: number, elements: number): Candidate =>
      made('only-splitting', ms, 0, bytes, { partitionPoint, elements, codec: 'uint8' })
    const usual = [at('input', 0, 3072, 3072), at('pool4', 3, 512, 512), at('output', 4, 10, 10)]
    expect(verdict(/^an end \(send/, usual)).toBe(true)
    expect(verdict(/^a lower rate moves/, usual)).toBe(true)
    expect(verdict(/^a cut that sends more/, usual)).toBe(true)
    const odd = [at('input', 9, 3072, 3072), at('pool1', 0.1, 1, 4096)]
    expect(verdict(/^an end \(send/, odd)).toBe(false)
    expect(verdict(/^a cut that sends more/, odd)).toBe(false)
    expect(verdict(/^a lower rate moves/, [at('output', 0, 10, 10)])).toBe(false)
    // The early cut wins where the link is slow.
    expect(verdict(/^a lower rate moves/, [at('pool1', 3, 10, 10), at('pool4', 0.01, 5000, 5000)])).toBe(false)
  })

  it('of gains over the rates', () => {
    const gain = (slow: number) => [
      made('only-splitting', 10, 0, 3072, { partitionPoint: 'input', codec: 'uint8' }),
      made('two-step', slow, 0, 3072),
    ]
    expect(verdict(/^the gain over the unpruned/, gain(1))).toBe(true)
    expect(verdict(/^the gain over the unpruned/, gain(20))).toBe(false)
  })

  it('of a point of accuracy', () => {
    expect(verdict(/^SAFBMP loses less/, [made('safbmp', 1, 0.009)])).toBe(true)
    expect(verdict(/^SAFBMP loses less/, [made('safbmp', 1, 0.02)])).toBe(false)
    const wide = made('only-splitting', 1, 0, 0, { codec: 'float32', elements: 1024 })
    const coded = (loss: number, elements: number) => made('bottlenet-pp', 1, loss, 1, { elements })
    expect(verdict(/^at most 2 points of accuracy are lost/, [wide, coded(0.01, 16)])).toBe(true)
    expect(verdict(/^at most 2 points of accuracy are lost/, [wide, coded(0.03, 16)])).toBe(false)
    expect(verdict(/^at most 2 points of accuracy are lost/, [wide, coded(0.01, 64)])).toBeNull()
  })
})
