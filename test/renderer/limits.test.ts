import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ownAssumptions } from '#common/latency/assumptions.ts'
import { place, placing } from '#common/selection/placed.ts'
import { parseQuery } from '#common/selection/query.ts'
import { select } from '#common/selection/select.ts'
import { init } from '../../src/renderer/charts/echarts.ts'
import { frontOption, frontTable } from '../../src/renderer/selection/charts.ts'
import {
  limitAt,
  limitScale,
  positionOf,
  sliderNames,
  tightest,
  withLimit,
} from '../../src/renderer/selection/limits.ts'
import { chartThemes } from '../../src/renderer/theme/chartTheme.ts'
import { fixtureComparison } from '../fixtures/comparison.ts'

const comparison = fixtureComparison()
const base = placing(comparison)
const placed = place(base, ownAssumptions(comparison))
const parse = (text: string) => parseQuery(text, base.known)

describe('a slider for a limit', () => {
  it('lets every candidate through at its loose end and, but for latency, hardly one at the other', () => {
    for (const name of sliderNames) {
      const scale = limitScale(placed, name)
      if (name === 'energy') {
        // Nothing is known of energies here.
        expect(scale).toBeNull()
        continue
      }
      const { min, max, op } = scale!
      const [loose, tight] = op === '<=' ? [max, min] : [min, max]
      expect(limitAt(scale!, loose)).toBeNull()
      const limit = limitAt(scale!, tight)!
      const left = select(placed, [limit], 'payload').allowed
      const best = op === '<=' ? Math.min : Math.max
      const known = placed.map(({ values }) => values[name]!).filter((value) => value > 0 || op === '>=')
      const edge = best(...known)
      for (const { values } of left) {
        const value = values[name]!
        expect(op === '<=' ? value <= edge * 1.1 + 0.001 : value >= edge - 0.001).toBe(true)
      }
    }
  })

  it('stands where the limit is that it wrote', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...sliderNames.filter((name) => name !== 'energy')),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, at) => {
          const scale = limitScale(placed, name)!
          const steps = Math.round((at * (scale.max - scale.min)) / scale.step)
          const position = scale.min + steps * scale.step
          const limit = limitAt(scale, position)
          const terms = withLimit(parse('cut != input'), scale, limit)
          expect(Math.abs(positionOf(scale, terms) - position)).toBeLessThanOrEqual(scale.step)
          expect(tightest(scale, terms)).toEqual(limit)
        },
      ),
    )
  })

  it('replaces its own limits in their place and leaves the others', () => {
    const scale = limitScale(placed, 'latency')!
    const terms = parse('cut != input, latency <= 9 ms, loss <= 1 pt, latency < 3 ms, latency >= 1 ms')
    expect(tightest(scale, terms)).toEqual(terms[3])
    const limit = parse('latency <= 2 ms')[0]!
    expect(withLimit(terms, scale, limit as never)).toEqual([terms[0], limit, terms[2], terms[4]])
    expect(withLimit(terms, scale, null)).toEqual([terms[0], terms[2], terms[4]])
  })
})

it('the chart shows each candidate once: excluded or allowed; values of 0 have no place on a log axis', () => {
  const terms = parse('latency <= 2 ms')
  const selection = select(placed, terms, 'latency')
  const view = { x: 'latency' as const, y: 'accuracy' as const, placed, selection, front: [], terms }
  const [outside, inside] = frontOption(view, chartThemes.light).series as { data: unknown[] }[]
  expect(inside!.data.length).toBe(selection.allowed.length)
  expect(outside!.data.length).toBe(placed.length - selection.allowed.length)
  const onMacs = frontOption({ ...view, x: 'macs' }, chartThemes.light).series as { data: unknown[] }[]
  const sendAll = placed.filter(({ values }) => values.macs === 0).length
  expect(sendAll).toBeGreaterThan(0)
  expect(onMacs[0]!.data.length + onMacs[1]!.data.length).toBe(placed.length - sendAll)
  expect(frontTable(view).rows.length).toBe(placed.length)
})

it('draws thousands of candidates at the same places as a few', () => {
  const many = Array.from({ length: 40 }, () => placed).flat()
  const selection = select(many, [], 'latency')
  const view = { x: 'latency', y: 'accuracy', placed: many, selection, front: [], terms: [] } as const
  const few = { ...view, placed, selection: select(placed, [], 'latency') }
  const drawn = (one: Parameters<typeof frontOption>[0]): [number, number][] => {
    const chart = init(null, null, { renderer: 'svg', ssr: true, width: 400, height: 300 })
    try {
      chart.setOption(frontOption(one, chartThemes.light))
      const data = (chart as unknown as Drawn).getModel().getSeriesByIndex(1).getData()
      return Array.from({ length: data.count() }, (_, index) => [data.get('x', index), data.get('y', index)])
    } finally {
      chart.dispose()
    }
  }
  const distinct = (points: [number, number][]): string[] => [...new Set(points.map(String))].sort()
  const dots = drawn(view)
  expect(dots).toHaveLength(many.length)
  expect(distinct(dots)).toEqual(distinct(drawn(few)))
})

/** What a drawn chart holds of a series; ECharts has no public way to ask. */
interface Drawn {
  getModel(): {
    getSeriesByIndex(index: number): { getData(): { count(): number; get(dimension: string, index: number): number } }
  }
}
