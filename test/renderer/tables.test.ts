import fc from 'fast-check'
import { expect, it } from 'vitest'
import { legendRows } from '#common/charts/fit.ts'
import type { Column } from '../../src/renderer/components/column.ts'
import { sortRows } from '../../src/renderer/components/column.ts'
import { toCsv } from '../../src/renderer/export/table.ts'
import { tableSvg } from '../../src/renderer/export/tableSvg.ts'
import { resultRows, speedVerdict } from '../../src/renderer/pages/compare/resultRows.ts'
import { fixtureComparison } from '../fixtures/comparison.ts'

interface Row {
  name: string
  value: number | null
}
const column: Column<Row> = {
  key: 'value',
  title: 'Value',
  exported: 'value_ms',
  align: 'right',
  value: ({ value }) => value,
  text: ({ value }) => String(value),
}

it('sorts numbers in both directions and leaves empty cells last', () => {
  const rows = [3, null, 1, 2].map((value, index) => ({ name: `${index}`, value }))
  expect(sortRows(rows, column, false).map(({ value }) => value)).toEqual([1, 2, 3, null])
  expect(sortRows(rows, column, true).map(({ value }) => value)).toEqual([3, 2, 1, null])
  expect(sortRows(rows, undefined, true)).toEqual(rows)
})

it('writes a CSV that gives back every cell', () => {
  const cell = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null))
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const csv = toCsv({ name: 'x', columns: ['a', 'b'], rows })
      expect(parse(csv).slice(1)).toEqual(rows.map((row) => row.map((one) => (one === null ? '' : String(one)))))
    }),
  )
})

it('draws a table as well-formed SVG, whatever is written in it', () => {
  const { svg, width } = tableSvg(
    { columns: [{ title: 'a "b" <c> & d', align: 'left' }], rows: [['<script>alert(1)</script>']] },
    { ink: '#000', muted: '#555', line: '#ddd', surface: '#fff', fontFamily: 'a, "b"' },
  )
  expect(svg).not.toContain('<script')
  expect(svg.match(/<text /g)).toHaveLength(2)
  expect(width).toBeGreaterThan(100)
})

it('gives a legend as many lines as its names need', () => {
  expect(legendRows(['a', 'b'], 200)).toBe(1)
  expect(legendRows(['a long name of a series', 'another long name'], 200)).toBe(2)
})

it('lists every candidate once, and those of several series without a form', () => {
  const comparison = fixtureComparison()
  const rows = resultRows(comparison, 'wifi')
  expect(rows.map(({ candidate }) => candidate.id)).toEqual(comparison.candidates.map(({ id }) => id))
  const named = (point: string) =>
    rows.filter(({ candidate }) => candidate.partitionPoint === point).map(({ series }) => series)
  expect(named('input')).toEqual(['only-splitting', 'two-step · step 1'])
  expect(named('pool1').slice(0, 2)).toEqual(['only-splitting · float32', 'only-splitting · uint8'])
})

it('calls nothing faster whose interval overlaps', () => {
  const parts = { device: 0, transmission: 0, server: 0 }
  const time = (composedMs: number, ci95: [number, number]) => ({ composedMs, ci95, measuredMs: null, parts })
  expect(speedVerdict(time(10, [9, 11]), time(10.5, [10, 12]))).toBe('not significant')
  expect(speedVerdict(time(5, [4.9, 5.1]), time(10, [9.9, 10.1]))).toBe('2× faster')
  expect(speedVerdict(time(10, [9.9, 10.1]), time(5, [4.9, 5.1]))).toBe('2× slower')
  expect(speedVerdict(null, time(5, [4.9, 5.1]))).toBeNull()
})

/** RFC 4180, written apart from the writer. */
function parse(text: string): string[][] {
  const rows: string[][] = [['']]
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const row = rows.at(-1)!
    if (quoted) {
      if (text[at] !== '"') row[row.length - 1] += text[at]
      else if (text[at + 1] === '"') row[row.length - 1] += text[at++]
      else quoted = false
    } else if (text[at] === '"') quoted = true
    else if (text[at] === ',') row.push('')
    else if (text.startsWith('\r\n', at)) {
      rows.push([''])
      at++
    } else row[row.length - 1] += text[at]
  }
  return rows.slice(0, -1)
}
