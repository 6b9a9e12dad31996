import { describe, expect, it } from 'vitest'
import type { Rounds } from '#common/measurement/verdicts.ts'
import { verdictBetween, withVerdicts } from '#common/measurement/verdicts.ts'
import { describeVersus, versusApart, versusInTurns } from '#common/measurement/versus.ts'
import { random } from '#common/random.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

/** Rounds on a machine that drifts by a third: what both meet alike. */
const drift = Array.from({ length: 12 }, (_, round) => 1 + round / 30)
const noisy = (cost: number, seed: number) => {
  const draw = random(seed, 'rounds')
  return drift.map((factor) => cost * factor * (1 + 0.002 * draw.normal()))
}

describe('two that took turns', () => {
  it('differ by less than the machine drifts, and it shows', () => {
    const versus = versusInTurns(noisy(0.97, 1), noisy(1, 2))
    expect(versus).toMatchObject({ faster: 'this', paired: true })
    expect(versus.ratio).toBeCloseTo(0.97, 2)
    expect(versusApart(noisy(0.97, 1), noisy(1, 2)).faster).toBeNull()
  })

  it('are equal where they are', () => {
    let found = 0
    for (let seed = 0; seed < 300; seed++) {
      if (versusInTurns(noisy(1, 2 * seed + 1), noisy(1, 2 * seed + 2)).faster !== null) found++
    }
    // 12 rounds: the interval from the 3rd to the 10th of 12 misses the median in 3.9 % of all cases.
    expect(found / 300).toBeGreaterThan(0)
    expect(found / 300).toBeLessThan(0.08)
  })

  it('have an interval by order statistics, by hand', () => {
    const own = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    expect(
      versusInTurns(
        own,
        own.map(() => 1),
      ),
    ).toEqual({ ratio: 5.5, ci95: [2, 9], faster: 'reference', paired: true })
    const halves = [0.5, 0.5, 0.5, 0.5, 0.5]
    expect(versusInTurns(halves, [1, 1, 1, 1, 1]).faster).toBeNull()
    expect(versusInTurns([...halves, 0.5], [1, 1, 1, 1, 1, 1]).faster).toBe('this')
  })
})

describe('two that were timed apart', () => {
  it('differ only where both their intervals and the rank test say so', () => {
    const flat = (cost: number, seed: number) => noisy(cost, seed).map((ms, round) => ms / drift[round]!)
    expect(versusApart(flat(0.9, 1), flat(1, 2))).toMatchObject({ faster: 'this', paired: false })
    expect(versusApart(flat(1, 1), flat(1, 2)).faster).toBeNull()
    expect(versusApart([1, 1, 1], [9, 9, 9]).faster).toBeNull()
  })
})

describe('in words', () => {
  it.each([
    [
      { ratio: 0.969, ci95: [0.95, 0.988] as [number, number], faster: 'this' as const },
      'faster by 3.1 % (95 % CI 1.2 to 5.0 %)',
    ],
    [
      { ratio: 1.2, ci95: [1.1, 1.25] as [number, number], faster: 'reference' as const },
      'slower by 20.0 % (95 % CI 10.0 to 25.0 %)',
    ],
    [
      { ratio: 1.01, ci95: [0.99, 1.02] as [number, number], faster: null },
      'no significant difference (+1.0 %, 95 % CI −1.0 % to +2.0 %)',
    ],
  ])('%j', (versus, text) => {
    expect(describeVersus({ ...versus, paired: true })).toBe(text)
  })
})

describe('the verdicts of a comparison', () => {
  it('compare every candidate with the best and with the baseline, over the link', () => {
    const comparison = fixtureComparison()
    const rounds = new Map<string, Rounds>(
      comparison.candidates.map(({ id, deviceMs, serverMs }, index) => [
        id,
        { device: noisy(deviceMs!.median, index + 1), server: noisy(serverMs!.median, index + 500), group: 'g' },
      ]),
    )
    const baseline = comparison.candidates.find(
      ({ framework, partitionPoint }) => framework === 'only-splitting' && partitionPoint === 'input',
    )!
    const { candidates } = withVerdicts(comparison, rounds, baseline.id)
    const pinned = candidates.find(({ id }) => id === baseline.id)!
    expect(pinned.verdicts!.baseline).toBeNull()
    expect(pinned.verdicts!.best).toMatchObject({ faster: 'reference', paired: true })
    const best = candidates.find(({ id }) => id === pinned.verdicts!.best!.reference)!
    expect(best.verdicts!.best).toBeNull()
    expect(best.verdicts!.baseline!.ratio).toBeCloseTo(best.endToEnd!.composedMs / pinned.endToEnd!.composedMs, 1)
    expect(verdictBetween(best, pinned)).toMatch(/^faster by/)
    expect(verdictBetween(pinned, best)).toMatch(/^slower by/)
  })

  it('are none where nothing was timed in rounds', () => {
    const { candidates } = withVerdicts(fixtureComparison(), new Map(), null)
    expect(candidates.every(({ verdicts }) => verdicts?.best === null && verdicts.baseline === null)).toBe(true)
  })
})
