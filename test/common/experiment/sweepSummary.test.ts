import { describe, expect, it } from 'vitest'
import type { SweepCell } from '#common/contract/sweep.ts'
import { parseCriteria } from '#common/experiment/criteria.ts'
import { chooseDepths } from '#common/experiment/depths.ts'
import { againstRandom, randomSpread, sweepFindings, sweepSpot } from '#common/experiment/sweepSummary.ts'

const cell = (criterion: SweepCell['criterion'], depth: string, seed: number, after: number): SweepCell => ({
  ...{ criterion, depth, seed, ratio: 0.5, channels: 4, kept: 'x', macs: 1, parameters: 1, before: after / 2, after },
})

const sweep = {
  ratios: [0.5],
  criteria: ['feature-bias', 'l1', 'random'] as SweepCell['criterion'][],
  depths: ['a', 'b', 'c'].map((name) => ({ name, channels: 8 })),
  cells: [
    ...[0.9, 0.8].map((accuracy, index) => cell('l1', 'a', index + 1, accuracy)),
    ...[0.7, 0.6].map((accuracy, index) => cell('random', 'a', index + 1, accuracy)),
    ...[0.8, 0.8].map((accuracy, index) => cell('feature-bias', 'a', index + 1, accuracy)),
    ...[0.5, 0.5].map((accuracy, index) => cell('l1', 'c', index + 1, accuracy)),
    ...[0.6, 0.5].map((accuracy, index) => cell('random', 'c', index + 1, accuracy)),
    ...[0.7, 0.6].map((accuracy, index) => cell('feature-bias', 'c', index + 1, accuracy)),
  ],
}

describe('what a sweep shows', () => {
  it('has mean and range over the seeds, with and without fine-tuning', () => {
    const spot = { criterion: 'l1' as const, depth: 'a', ratio: 0.5 }
    expect(sweepSpot(sweep, 'after', spot)).toMatchObject({ min: 0.8, max: 0.9, seeds: 2 })
    expect(sweepSpot(sweep, 'after', spot).mean).toBeCloseTo(0.85, 12)
    expect(sweepSpot(sweep, 'before', spot).mean).toBeCloseTo(0.425, 12)
    expect(sweepSpot(sweep, 'after', { ...spot, depth: 'b' })).toMatchObject({ mean: null, seeds: 0 })
  })

  it('compares with random in pairs of equal ratio and seed', () => {
    const found = againstRandom(sweep, 'after', { criterion: 'l1', depth: 'a' })!
    expect(found.difference).toBeCloseTo(0.2, 12)
    expect(found).toMatchObject({ wins: 2, pairs: 2 })
    expect(againstRandom(sweep, 'after', { criterion: 'l1', depth: 'b' })).toBeNull()
    expect(randomSpread(sweep, 'after', 'a')).toBeCloseTo(0.05, 12)
  })

  it("states the paper's orderings as they fall, and none where cells are missing", () => {
    expect(sweepFindings(sweep, 'after')).toEqual([
      { claim: 'l1 beats random in shallow layers', holds: true, observed: 'at 1 of 1 depths' },
      { claim: 'l1 ties with random or loses in deep layers', holds: true, observed: 'at 1 of 1 depths' },
      { claim: 'feature-bias is the best criterion', holds: null, observed: 'at 1 of 3 depths (c)' },
    ])
    const without = { ...sweep, depths: sweep.depths.filter(({ name }) => name !== 'b') }
    expect(sweepFindings(without, 'after').at(-1)).toMatchObject({ holds: false, observed: 'at 1 of 2 depths (c)' })
  })
})

describe('what is swept', () => {
  it('spreads depths evenly from the first to the last, or takes names in network order', () => {
    const groups = Array.from({ length: 13 }, (_, index) => `conv${index + 1}`)
    expect(chooseDepths(groups, 5)).toEqual(['conv1', 'conv4', 'conv7', 'conv10', 'conv13'])
    expect(chooseDepths(groups, 1)).toEqual(['conv1'])
    expect(chooseDepths(groups, 99)).toEqual(groups)
    expect(chooseDepths(groups, ['conv9', 'conv2'])).toEqual(['conv2', 'conv9'])
    expect(() => chooseDepths(groups, ['conv0'])).toThrowError(/no group of channels "conv0"/)
  })

  it('compares eight criteria, and the second reading of Taylor only by name', () => {
    expect(parseCriteria('all')).toHaveLength(8)
    expect(parseCriteria('all')).not.toContain('taylor-epoch')
    expect(parseCriteria('random, taylor-epoch')).toEqual(['taylor-epoch', 'random'])
    expect(() => parseCriteria('l1,l7')).toThrowError(/Unknown criterion "l7"/)
  })
})
