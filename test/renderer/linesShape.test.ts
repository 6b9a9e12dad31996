import { expect, it } from 'vitest'
import { init } from '../../src/renderer/charts/echarts.ts'
import { nearestLine } from '../../src/renderer/charts/linesShape.ts'
import type { ManyLine } from '../../src/renderer/charts/manyLines.ts'
import { manyLines } from '../../src/renderer/charts/manyLines.ts'
import { chartThemes } from '../../src/renderer/theme/chartTheme.ts'

it('finds the line that the pointer is nearest to, within reach', () => {
  const runs = [
    {
      line: 0,
      points: [
        [0, 0],
        [100, 0],
      ] as [number, number][],
    },
    {
      line: 1,
      points: [
        [0, 8],
        [100, 8],
      ] as [number, number][],
    },
    { line: 2, points: [[50, 40]] as [number, number][] },
  ]
  expect(nearestLine(runs, 50, 3)).toBe(0)
  expect(nearestLine(runs, 50, 5.1)).toBe(1)
  expect(nearestLine(runs, 52, 41)).toBe(2)
  expect(nearestLine(runs, 50, 25)).toBeNull()
  // Beyond its end a line is a point.
  expect(nearestLine(runs, 108, 0)).toBeNull()
})

it('draws every line of many, broken where a point is missing, with one element for each colour', () => {
  const lines: ManyLine[] = Array.from({ length: 40 }, (_, index) => ({
    name: `line ${index}`,
    slot: index % 2,
    values: [1 + index, index === 0 ? null : 2 + index, 3 + index, 4 + index],
  }))
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 400, height: 300 })
  try {
    chart.setOption({
      animation: false,
      xAxis: { type: 'category', data: ['a', 'b', 'c', 'd'] },
      yAxis: { type: 'value' },
      series: [manyLines('lines', lines, chartThemes.light)],
    })
    const paths = chart
      .renderToSVGString()
      .match(/<path[^>]*>/g)!
      .filter((path) => path.includes('stroke-width="1.25"'))
    expect(paths).toHaveLength(2)
    const starts = paths.map((path) => / d="([^"]*)"/.exec(path)![1]!.match(/M/g)!.length)
    // The first line begins twice: a dot before the gap, and what follows it.
    expect(starts).toEqual([21, 20])
  } finally {
    chart.dispose()
  }
})
