import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Arm, Oracle, SearchResult } from '#common/search/search.ts'
import { doubt, isFurther, mostTelling, search } from '#common/search/search.ts'

interface Design extends Arm {
  realMs: number
  /** Loss after every rung: never rises with training. */
  losses: readonly [number, number]
  costs: readonly [number, number]
}

const slack = [0.1, 0] as const

/** Designs as they come: no order of any kind among losses, times and knobs. */
const anyDesigns = fc
  .array(
    fc.record({
      family: fc.constantFrom('pool2', 'pool3', 'output'),
      knobs: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
      estimateMs: fc.double({ min: 0.1, max: 50, noNaN: true }),
      realMs: fc.double({ min: 0.1, max: 50, noNaN: true }),
      start: fc.double({ min: -0.02, max: 0.4, noNaN: true }),
      gain: fc.double({ min: 0, max: 0.2, noNaN: true }),
      costs: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 5 })),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((all) =>
    all.map(
      ({ start, gain, ...one }, index): Design => ({
        ...one,
        id: String(index),
        losses: [start, start - gain],
      }),
    ),
  )

/** Designs that keep to what the search assumes: turned further is faster and loses more; estimates are right. */
const orderedDesigns = fc
  .record({
    gains: fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
    prices: fc.array(fc.double({ min: 0.001, max: 0.06, noNaN: true }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ gains, prices }) => {
    const designs: Design[] = []
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        for (let c = 0; c < 3; c++) {
          const knobs = [a, b, c]
          const sum = (weights: readonly number[]): number =>
            knobs.reduce((all, knob, i) => all + knob * weights[i]!, 0)
          const ms = 10 - sum(gains)
          const loss = sum(prices)
          designs.push({
            ...{ id: knobs.join(), family: 'pool3', knobs, estimateMs: ms, realMs: ms },
            ...{ losses: [loss, loss], costs: [1, 1] },
          })
        }
      }
    }
    return designs
  })

function play(designs: readonly Design[], budget: number, bound = 0.05) {
  const seen: { design: Design; loss: number }[] = []
  const rungs = new Map<Design, number>()
  const oracle: Oracle<Design> = {
    measure: async (arm) => arm.realMs,
    cost: (arm, rung) => arm.costs[rung]!,
    async train(arm, rung) {
      // Every rung once, and in order.
      expect(rung).toBe(rungs.get(arm) ?? 0)
      rungs.set(arm, rung + 1)
      seen.push({ design: arm, loss: arm.losses[rung]! })
      return arm.losses[rung]!
    },
  }
  return search(designs, oracle, { bound, budget, slack }).then((result) => ({ result, seen }))
}

const answerMs = ({ feasible }: SearchResult<Design>): number => feasible[0]?.latencyMs ?? Number.POSITIVE_INFINITY

describe('the search for a design', () => {
  it('never answers with what is outside of the bound while it has seen what is inside, and with nothing slower', async () => {
    await fc.assert(
      fc.asyncProperty(anyDesigns, fc.integer({ min: 0, max: 120 }), async (designs, budget) => {
        const { result, seen } = await play(designs, budget)
        const inside = seen.filter(({ loss }) => loss <= 0.05)
        expect(result.feasible.every(({ loss }) => loss <= 0.05)).toBe(true)
        expect(result.feasible).toHaveLength(inside.length)
        if (inside.length === 0) return
        expect(result.nearest).toBeNull()
        expect(answerMs(result)).toBe(Math.min(...inside.map(({ design }) => design.realMs)))
      }),
    )
  })

  it('is monotone in the budget: more of it is never slower, and repeats what less of it did', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyDesigns,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        async (all, a, b) => {
          const less = await play(all, a)
          const more = await play(all, a + b)
          expect(answerMs(more.result)).toBeLessThanOrEqual(answerMs(less.result))
          expect(more.seen.slice(0, less.seen.length)).toEqual(less.seen)
        },
      ),
    )
  })

  it('keeps to its budget, tries nothing twice and counts what it spent', async () => {
    await fc.assert(
      fc.asyncProperty(anyDesigns, fc.integer({ min: 0, max: 60 }), async (designs, budget) => {
        const { result, seen } = await play(designs, budget)
        expect(result.spent).toBeLessThanOrEqual(budget)
        const rungs = new Map<Design, number>()
        let cost = 0
        for (const { design } of seen) {
          const rung = rungs.get(design) ?? 0
          cost += design.costs[rung]!
          rungs.set(design, rung + 1)
        }
        expect(result.spent).toBe(cost)
        expect(new Set(result.trials.map(({ arm }) => arm)).size).toBe(result.trials.length)
      }),
    )
  })

  it('finds the fastest design that fits, with a fraction of the trials, where turning further costs accuracy', async () => {
    await fc.assert(
      fc.asyncProperty(orderedDesigns, async (designs) => {
        const { result, seen } = await play(designs, Number.POSITIVE_INFINITY)
        const best = Math.min(...designs.filter(({ losses }) => losses[1] <= 0.05).map(({ realMs }) => realMs))
        expect(answerMs(result)).toBe(best)
        expect(new Set(seen.map(({ design }) => design)).size).toBeLessThan(designs.length * 0.75)
      }),
    )
  })

  it('finds what fits where anything does and the budget is no limit, from estimates that are a little wrong', async () => {
    await fc.assert(
      fc.asyncProperty(anyDesigns, async (all) => {
        // Each in a family of its own: a failure then says nothing of the others.
        const errorOf = ({ realMs }: Design): number => Math.max(1 - doubt / 2, realMs / 25)
        const designs = all.map((one) => ({ ...one, family: one.id, realMs: one.estimateMs * errorOf(one) }))
        const { result } = await play(designs, Number.POSITIVE_INFINITY)
        const fits = designs.filter(({ losses: [first, last] }) => first <= 0.05 || (first <= 0.15 && last <= 0.05))
        const best = fits.reduce((least, { realMs }) => Math.min(least, realMs), Number.POSITIVE_INFINITY)
        expect(answerMs(result)).toBe(best)
        expect(result.exhausted).toBe(false)
        if (fits.length === 0) expect(result.nearest).not.toBeNull()
      }),
    )
  })

  it('trains nothing that is measured to be slower than what fits already', async () => {
    const one = (id: string, realMs: number, estimateMs: number): Design => ({
      ...{ id, family: id, knobs: [0], realMs, estimateMs },
      ...{ losses: [0, 0], costs: [1, 1] },
    })
    // The second looked faster and is not.
    const { seen } = await play([one('fits', 5, 5), one('slow', 9, 4.9)], 10)
    expect(seen.map(({ design }) => design.id)).toEqual(['fits'])
  })

  it('gives up a design far beyond the bound after the short training', async () => {
    const design = (id: string, losses: [number, number]): Design => ({
      ...{ id, family: id, knobs: [0], realMs: 1, estimateMs: 1 },
      ...{ losses, costs: [1, 4] },
    })
    const { result } = await play([design('far', [0.3, 0]), design('near', [0.1, 0.2])], 100)
    expect(result.trials.map(({ arm, rung }) => [arm.id, rung])).toEqual([
      ['far', 0],
      ['near', 1],
    ])
    expect(result.spent).toBe(6)
    expect(result.nearest?.arm.id).toBe('near')
  })
})

describe('the next trial', () => {
  it('is in the middle of a chain', () => {
    const chain: Arm[] = Array.from({ length: 9 }, (_, i) => ({
      ...{ id: String(i), family: 'a', knobs: [i], estimateMs: 10 - i },
    }))
    expect(mostTelling(chain, ({ estimateMs }) => estimateMs).id).toBe('4')
  })

  it('compares knobs within a family only', () => {
    const arm = (family: string, knobs: number[]): Arm => ({ id: family, family, knobs, estimateMs: 1 })
    expect(isFurther(arm('a', [1, 2]), arm('a', [1, 1]))).toBe(true)
    expect(isFurther(arm('a', [1, 2]), arm('a', [2, 1]))).toBe(false)
    expect(isFurther(arm('a', [1, 2]), arm('b', [1, 1]))).toBe(false)
  })

  it('tries what costs no training even where there is nothing to spend, and before all else', async () => {
    const at = (id: string, ms: number, cost: number): Design => ({
      ...{ id, family: id, knobs: [0], estimateMs: ms, realMs: ms, losses: [0, 0], costs: [cost, cost] },
    })
    const designs = [at('trained', 1, 4), at('free', 3, 0), at('slower', 5, 4)]
    const tried = async (budget: number) => (await play(designs, budget)).seen.map(({ design }) => design.id)
    expect(await tried(0)).toEqual(['free'])
    expect(await tried(10)).toEqual(['free', 'trained'])
  })
})
