import { describe, expect, it } from 'vitest'
import { leftOutWords, sendsBytes, worthDeploying } from '#common/selection/deployable.ts'
import { fixtureComparison } from '../../fixtures/comparison.ts'

const comparison = fixtureComparison()
const wish = { terms: [], objective: 'latency' as const }

describe('what is worth deploying', () => {
  it('is chosen at some rate, by the stored times', () => {
    const worth = worthDeploying(comparison, wish)
    expect(worth.length).toBeGreaterThan(0)
    expect(worth.length).toBeLessThan(comparison.candidates.length)
  })

  it('sends bytes, however good the symbols are', () => {
    const best = comparison.candidates.find(({ id }) => id === worthDeploying(comparison, wish)[0]!.id)!
    const free = { ...best, id: 'analog', symbols: 8, payloadBytes: 0, headerBytes: 0 }
    const bytes = { ...free, id: 'bytes', symbols: undefined }
    const ids = (extra: typeof free | typeof bytes): string[] =>
      worthDeploying({ ...comparison, candidates: [...comparison.candidates, extra] }, wish).map(({ id }) => id)
    expect(ids(bytes)).toContain('bytes')
    expect(ids(free)).not.toContain('analog')
    expect(ids(free)).toEqual(worthDeploying(comparison, wish).map(({ id }) => id))
  })

  it('is counted in words', () => {
    const [one] = comparison.candidates
    expect(sendsBytes(one!)).toBe(true)
    expect(leftOutWords([one!])).toBeNull()
    expect(leftOutWords([one!, { symbols: 4 }, { symbols: 8 }])).toMatch(/^2 candidates send symbols/)
  })

  it('is refused where nothing fits at any rate', () => {
    const terms = [{ kind: 'limit' as const, quantity: 'accuracy' as const, op: '>=' as const, value: 2 }]
    expect(() => worthDeploying(comparison, { ...wish, terms })).toThrow(/at any rate of the link/)
  })
})
