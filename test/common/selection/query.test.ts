import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toErrorShape } from '#common/errors.ts'
import { quantityNames } from '#common/selection/quantities.ts'
import type { Term } from '#common/selection/query.ts'
import { describeTerm, formatQuery, parseQuery } from '#common/selection/query.ts'

const known = { points: ['input', 'conv1', 'pool1', 'layer2.1', 'output'], frameworks: ['only-splitting', 'two-step'] }
const parse = (text: string): Term[] => parseQuery(text, known)

it.each([
  ['latency <= 40 ms', { quantity: 'latency', op: '<=', value: 40 }],
  ['latency<=40ms', { quantity: 'latency', op: '<=', value: 40 }],
  ['Latency ≤ 0.04 s', { quantity: 'latency', op: '<=', value: 40 }],
  ['end-to-end < 250 µs', { quantity: 'latency', op: '<', value: 0.25 }],
  ['accuracy >= 91 %', { quantity: 'accuracy', op: '>=', value: 0.91 }],
  ['acc ≥ 0.91', { quantity: 'accuracy', op: '>=', value: 0.91 }],
  ['loss <= 1.8 points', { quantity: 'loss', op: '<=', value: 0.018 }],
  ['loss <= -1 pt', { quantity: 'loss', op: '<=', value: -0.01 }],
  ['macs <= 5M', { quantity: 'macs', op: '<=', value: 5e6 }],
  ['device MACs <= 5 MFLOPs', { quantity: 'macs', op: '<=', value: 2.5e6 }],
  ['head size <= 40 k', { quantity: 'head', op: '<=', value: 40_000 }],
  ['payload <= 2 kB', { quantity: 'payload', op: '<=', value: 2000 }],
  ['payload <= 1 KiB', { quantity: 'payload', op: '<=', value: 1024 }],
  ['payload <= 4096 bit', { quantity: 'payload', op: '<=', value: 512 }],
  ['energy <= 0.12 J', { quantity: 'energy', op: '<=', value: 120 }],
  ['energy > 3', { quantity: 'energy', op: '>', value: 3 }],
])('%s', (text, limit) => {
  expect(parse(text)).toEqual([{ kind: 'limit', ...limit }])
})

it('joins terms by commas, semicolons, "and" and lines; an empty query has none', () => {
  expect(parse('latency<=40ms, accuracy>=91% ; payload<=1kB and loss<=5%\nmacs<=1G')).toHaveLength(5)
  expect(parse(' ,; ')).toEqual([])
})

it('names cuts and frameworks', () => {
  expect(parse('cut = pool1|layer2.1, cut not input, framework is two-step, cut <= pool1')).toEqual([
    { kind: 'cut', op: '=', names: ['pool1', 'layer2.1'] },
    { kind: 'cut', op: '!=', names: ['input'] },
    { kind: 'framework', op: '=', names: ['two-step'] },
    { kind: 'cut', op: '<=', names: ['pool1'] },
  ])
})

describe('what is no query', () => {
  it.each([
    ['fast', 'bad-usage', /is no condition/],
    ['speed <= 3', 'bad-usage', /"speed" is no quantity/],
    ['latency <= fast', 'bad-usage', /"fast" is no latency/],
    ['latency <= 4 kB', 'bad-usage', /"4 kB" is no latency/],
    ['latency <= 1 2 ms', 'bad-usage', /is no latency/],
    ['latency = 40 ms', 'bad-usage', /a quantity is bounded/],
    ['accuracy >= 91', 'bad-usage', /without a unit it is a fraction/],
    ['latency <= -1 ms', 'bad-usage', /below 0/],
    ['cut = pool9', 'unknown-name', /no cut "pool9"/],
    ['cut <= pool1|conv1', 'bad-usage', /needs one name/],
    ['framework <= two-step', 'bad-usage', /cannot be compared/],
    ['framework = magic', 'unknown-name', /no framework "magic"/],
  ])('%s', (text, code, message) => {
    let caught: unknown
    try {
      parse(text)
    } catch (error) {
      caught = error
    }
    const shape = toErrorShape(caught)
    expect(shape.code).toBe(code)
    expect(shape.message).toMatch(message)
    expect(shape.hint).toBeTruthy()
  })
})

const limit = fc.record({
  kind: fc.constant('limit' as const),
  quantity: fc.constantFrom(...quantityNames),
  op: fc.constantFrom('<=', '<', '>=', '>'),
  // Fractions at most 1; at most nine digits, as somebody may type.
  value: fc.integer({ min: 0, max: 999_999_999 }).map((digits) => digits / 1e9),
}) as fc.Arbitrary<Term>
const naming = fc.record({
  kind: fc.constant('cut' as const),
  op: fc.constantFrom('=', '!='),
  names: fc.uniqueArray(fc.constantFrom(...known.points), { minLength: 1 }),
}) as fc.Arbitrary<Term>
const larger = fc.record({
  kind: fc.constant('limit' as const),
  quantity: fc.constantFrom('latency', 'macs', 'head', 'payload', 'energy'),
  op: fc.constantFrom('<=', '>='),
  value: fc.integer({ min: 0, max: 999_999_999 }),
}) as fc.Arbitrary<Term>

it('what is written can be read again', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(limit, naming, larger), { maxLength: 6 }), (terms) => {
      expect(parse(formatQuery(terms))).toEqual(terms)
    }),
  )
})

it('is put into words', () => {
  expect(parse('latency<=40ms,accuracy>=91%,cut!=input|output,payload<=20kB').map(describeTerm)).toEqual([
    'latency ≤ 40 ms',
    'accuracy ≥ 91 %',
    'cut ≠ input|output',
    'payload ≤ 20 kB',
  ])
})
