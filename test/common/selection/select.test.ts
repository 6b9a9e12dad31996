import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roundedLoose, whyNot } from '#common/selection/infeasible.ts'
import { firstsOfFront, paretoFront } from '#common/selection/pareto.ts'
import type { Objective, QuantityName } from '#common/selection/quantities.ts'
import { objectiveNames, quantities } from '#common/selection/quantities.ts'
import type { Limit, Term } from '#common/selection/query.ts'
import type { Selectable } from '#common/selection/select.ts'
import { alike, fits, frontOf, orders, select, unsure } from '#common/selection/select.ts'

const points = ['input', 'a', 'b', 'output']
/** Few distinct values, so that ties are common. */
const small = fc.integer({ min: 0, max: 8 })
const candidate: fc.Arbitrary<Selectable> = fc
  .record({
    latency: fc.option(small, { freq: 6 }),
    accuracy: small.map((value) => value / 10),
    loss: fc.integer({ min: -2, max: 6 }).map((value) => value / 100),
    macs: small,
    head: small,
    payload: small,
    energy: fc.option(small, { freq: 4 }),
    order: fc.nat({ max: 3 }),
    framework: fc.constantFrom('x', 'y'),
    spread: small,
  })
  .map(({ order, framework, spread, ...values }) => ({
    values,
    intervals:
      values.latency === null ? {} : { latency: [values.latency - spread / 4, values.latency + spread / 4] as const },
    framework,
    order,
    point: points[order]!,
  }))
const candidates = fc.array(candidate, { maxLength: 25 })

const limit: fc.Arbitrary<Term> = fc
  .record({
    quantity: fc.constantFrom<QuantityName>('latency', 'accuracy', 'loss', 'macs', 'head', 'payload', 'energy'),
    op: fc.constantFrom<Limit['op']>('<=', '<', '>=', '>'),
    at: small,
  })
  .map(({ quantity, op, at }) => ({
    kind: 'limit' as const,
    quantity,
    op,
    value: quantity === 'accuracy' ? at / 10 : quantity === 'loss' ? (at - 2) / 100 : at,
  }))
const naming: fc.Arbitrary<Term> = fc.oneof(
  fc.record({
    kind: fc.constant('cut' as const),
    op: fc.constantFrom('=' as const, '!=' as const),
    names: fc.uniqueArray(fc.constantFrom(...points), { minLength: 1 }),
  }),
  fc.record({ kind: fc.constant('framework' as const), op: fc.constant('=' as const), names: fc.constant(['x']) }),
)
const terms = fc.array(fc.oneof({ arbitrary: limit, weight: 4 }, { arbitrary: naming, weight: 1 }), { maxLength: 4 })
const objective = fc.constantFrom<Objective>(...objectiveNames)

/** By the definition, without a word of the code under test. */
function holds(term: Term, { values, point, framework }: Selectable): boolean {
  if (term.kind !== 'limit') {
    const has = term.names.includes(term.kind === 'cut' ? point : framework)
    return term.op === '=' ? has : !has
  }
  const value = values[term.quantity]
  if (value === null) return false
  return { '<=': value <= term.value, '<': value < term.value, '>=': value >= term.value, '>': value > term.value }[
    term.op
  ]
}
const cost = (name: Objective, one: Selectable): number => {
  const value = one.values[name]
  if (value === null) return Number.POSITIVE_INFINITY
  return name === 'accuracy' ? -value : value
}

describe('selection against brute force', () => {
  it('satisfies every term and is the best of those that do', () => {
    fc.assert(
      fc.property(candidates, terms, objective, (all, where, aim) => {
        const allowed = all.filter((one) => one.values[aim] !== null && where.every((term) => holds(term, one)))
        const { chosen, next, of, excluded, ...selection } = select(all, where, aim)
        expect(new Set(selection.allowed)).toEqual(new Set(allowed))
        const costs = allowed.map((one) => cost(aim, one)).sort((a, b) => a - b)
        expect(chosen ? cost(aim, chosen) : undefined).toBe(costs[0])
        expect(next ? cost(aim, next) : undefined).toBe(costs[1])
        expect(of).toBe(all.length)
        for (const { term, count } of excluded) {
          expect(count).toBe(all.filter((one) => (term ? !holds(term, one) : one.values[aim] === null)).length)
        }
      }),
    )
  })

  it('of equals in the objective takes the faster, then the smaller payload', () => {
    const one: Selectable = {
      values: { latency: 5, accuracy: 0.7, loss: 0, macs: 1, head: 1, payload: 8, energy: null },
      intervals: {},
      framework: 'x',
      point: 'a',
      order: 1,
    }
    const faster = { ...one, values: { ...one.values, latency: 4, payload: 9 } }
    const smaller = { ...one, values: { ...one.values, payload: 7 } }
    expect(select([one, smaller, faster], [], 'accuracy').allowed).toEqual([faster, smaller, one])
    expect(select([one], [], 'energy').excluded).toEqual([{ term: null, text: 'energy is known', count: 1 }])
  })

  it('cuts before and after a point go by the order of the network', () => {
    fc.assert(
      fc.property(candidates, fc.nat({ max: 3 }), (all, at) => {
        const there = all.filter(({ order }) => order === at).length > 0
        fc.pre(there)
        const before = select(all, [{ kind: 'cut', op: '<=', names: [points[at]!] }], 'macs').allowed
        const after = select(all, [{ kind: 'cut', op: '>=', names: [points[at]!] }], 'macs').allowed
        expect(before.length).toBe(all.filter(({ order }) => order <= at).length)
        expect(after.length).toBe(all.filter(({ order }) => order >= at).length)
      }),
    )
  })

  it('names as alike exactly those whose interval meets the chosen one', () => {
    fc.assert(
      fc.property(candidates, terms, (all, where) => {
        const selection = select(all, where, 'latency')
        const own = selection.chosen?.intervals.latency
        const same = alike(selection, 'latency')
        for (const one of selection.allowed) {
          if (one === selection.chosen) continue
          const [low, high] = one.intervals.latency!
          expect(same.includes(one)).toBe(low <= own![1] && high >= own![0])
        }
        expect(alike(select(all, where, 'payload'), 'payload')).toEqual([])
      }),
    )
  })

  it('says which limits the interval of a candidate reaches beyond', () => {
    const one = {
      values: { latency: 5, accuracy: 0.7, loss: 0, macs: 1, head: 1, payload: 8, energy: null },
      intervals: { latency: [4, 7] as const },
      framework: 'x',
      point: 'a',
      order: 1,
    }
    const at = (value: number): Term => ({ kind: 'limit', quantity: 'latency', op: '<=', value })
    expect(unsure(one, [at(6)])).toEqual([at(6)])
    expect(unsure(one, [at(7), { kind: 'limit', quantity: 'payload', op: '<=', value: 8 }])).toEqual([])
  })
})

describe('the Pareto front', () => {
  it('is exactly what nothing beats, in two and in three aims', () => {
    const pair = fc.uniqueArray(objective, { minLength: 2, maxLength: 3 })
    fc.assert(
      fc.property(candidates, pair, (all, aims) => {
        const front = frontOf(all, aims)
        const beats = (a: Selectable, b: Selectable): boolean =>
          aims.every((aim) => cost(aim, a) <= cost(aim, b)) && aims.some((aim) => cost(aim, a) < cost(aim, b))
        const known = all.filter((one) => aims.every((aim) => one.values[aim] !== null))
        expect(front).toEqual(known.filter((one) => !known.some((other) => beats(other, one))))
      }),
    )
  })

  it('can be had with the first of equals alone', () => {
    fc.assert(
      fc.property(candidates, (all) => {
        const aims = [
          { value: ({ values }: Selectable) => values.macs, better: 'low' as const },
          { value: ({ values }: Selectable) => values.accuracy, better: 'high' as const },
        ]
        const seen = new Set<string>()
        const firsts = paretoFront(all, aims).filter(({ values: { macs, accuracy } }) => {
          const key = `${macs} ${accuracy}`
          return !seen.has(key) && seen.add(key)
        })
        expect(firstsOfFront(all, aims)).toEqual(firsts)
      }),
    )
  })

  it('is found among thousands', () => {
    const all = Array.from({ length: 3000 }, (_, index) => ({ x: index % 100, y: (index * 37) % 101 }))
    const front = paretoFront(all, [
      { value: ({ x }) => x, better: 'low' },
      { value: ({ y }) => y, better: 'high' },
    ])
    expect(new Set(front.map(({ x, y }) => `${x} ${y}`))).toEqual(
      new Set(
        all
          .filter(
            (one) => !all.some((other) => other.x <= one.x && other.y >= one.y && (other.x < one.x || other.y > one.y)),
          )
          .map(({ x, y }) => `${x} ${y}`),
      ),
    )
  })
})

describe('when nothing fits', () => {
  it('finds the terms that exclude everything alone, and the smallest single change that helps', () => {
    fc.assert(
      fc.property(candidates, terms, objective, (all, where, aim) => {
        const selection = select(all, where, aim)
        const why = whyNot(all, where, aim, selection)
        if (selection.chosen) {
          expect(why).toBeNull()
          return
        }
        expect(why!.alone).toEqual(where.filter((term) => all.length > 0 && !all.some((one) => holds(term, one))))
        const usable = all.filter((one) => one.values[aim] !== null)
        for (const term of where) {
          const others = where.filter((other) => other !== term)
          const reachable = usable.filter(
            (one) =>
              others.every((other) => holds(other, one)) &&
              (term.kind !== 'limit' || one.values[term.quantity] !== null),
          )
          const found = why!.loosen.find((loosening) => loosening.term === term)
          expect(found !== undefined).toBe(reachable.length > 0)
          if (!found) continue
          const changed = [...others, ...(found.to ? [found.to] : [])]
          const then = select(all, changed, aim)
          expect(then.allowed).toContain(found.gives)
          if (!found.to) continue
          // A limit in between lets nobody in: what it gives is the first there is.
          const { quantity } = found.to
          const value = found.gives.values[quantity]!
          const upper = found.to.op === '<='
          for (const one of reachable) {
            const other = one.values[quantity]!
            expect(upper ? other >= value : other <= value).toBe(true)
          }
        }
      }),
    )
  })

  it('the nearest miss breaks the fewest terms', () => {
    fc.assert(
      fc.property(candidates, terms, objective, (all, where, aim) => {
        const selection = select(all, where, aim)
        fc.pre(selection.chosen === null)
        const { nearest } = whyNot(all, where, aim, selection)!
        const usable = all.filter((one) => one.values[aim] !== null)
        expect(nearest === null).toBe(usable.length === 0)
        if (!nearest) return
        const broken = (one: Selectable): number => where.filter((term) => !holds(term, one)).length
        expect(nearest.broken.length).toBe(Math.min(...usable.map(broken)))
        expect(nearest.broken.map(({ term }) => term)).toEqual(
          where.filter((term) => !fits(term, nearest.candidate, orders(all))),
        )
      }),
    )
  })

  it('rounds to three digits, to the side that still holds', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 1e7, noNaN: true }),
        fc.boolean(),
        fc.constantFrom('latency' as const, 'accuracy' as const, 'payload' as const),
        (value, upper, name) => {
          const { factor } = quantities[name].shown
          const rounded = roundedLoose(value, upper, factor)
          expect(upper ? rounded >= value : rounded <= value).toBe(true)
          expect(Math.abs(rounded - value)).toBeLessThanOrEqual(value * 0.0101)
        },
      ),
    )
    expect(roundedLoose(52.134, true, 1)).toBe(52.2)
    expect(roundedLoose(0.9126, false, 0.01)).toBe(0.912)
    expect(roundedLoose(40, true, 1)).toBe(40)
  })
})
