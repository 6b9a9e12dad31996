import { describe, expect, it } from 'vitest'
import { criterionSweepColumns, criterionSweepOption, criterionSweepRows } from '#common/charts/criterionSweep.ts'
import { paperTheme } from '#common/charts/paperTheme.ts'
import { sweepSpot } from '#common/experiment/sweepSummary.ts'
import { fixtureSweep } from '../../fixtures/sweep.ts'

const sweep = fixtureSweep()
interface Line {
  name: string
  xAxisIndex: number
  data: (number | null)[]
}

describe('the figure of a sweep', () => {
  it('has a drawing per stage and ratio, with the mean of every criterion, and the range of random as a band', () => {
    const option = criterionSweepOption(sweep, ['before', 'after'], paperTheme, 900)
    const lines = option.series as Line[]
    expect(option.grid).toHaveLength(6)
    for (const [row, stage] of (['before', 'after'] as const).entries()) {
      for (const [column, ratio] of sweep.ratios.entries()) {
        const here = lines.filter(({ xAxisIndex }) => xAxisIndex === row * 3 + column)
        const named = (name: string) => here.find((line) => line.name === name)!.data
        const spots = (criterion: (typeof sweep.criteria)[number]) =>
          sweep.depths.map(({ name: depth }) => sweepSpot(sweep, stage, { criterion, depth, ratio }))
        for (const criterion of sweep.criteria) {
          expect(named(criterion)).toEqual(spots(criterion).map(({ mean }) => mean))
        }
        const least = named('least of random')
        const range = named('range of random')
        for (const [index, { min, max }] of spots('random').entries()) {
          expect(least[index]).toBe(min)
          expect(least[index]! + range[index]!).toBeCloseTo(max!, 12)
        }
        expect(new Set(named('unpruned'))).toEqual(new Set([0.87]))
      }
    }
  })

  it('leaves gaps where cells were not run', () => {
    const some = { ...sweep, cells: sweep.cells.filter(({ depth }) => depth !== 'conv7') }
    const lines = criterionSweepOption(some, ['after'], paperTheme, 400).series as Line[]
    expect(lines.find(({ name }) => name === 'chip')!.data[2]).toBeNull()
    const rows = criterionSweepRows(some)
    expect(rows).toHaveLength(8 * 5 * 3)
    expect(rows.every((row) => row.length === criterionSweepColumns.length)).toBe(true)
    expect(rows.find(([criterion, depth]) => criterion === 'chip' && depth === 'conv7')!.slice(3)).toEqual([
      0,
      ...Array(6).fill(null),
    ])
  })
})
