import { expect, it } from 'vitest'
import { keptLines, LineBuffer, linesText } from '../../src/renderer/console/lines.ts'

const at = '2026-11-27T12:00:00.000Z'
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ at, text: `line ${from + index}` }))

it('keeps the last lines only, with numbers that stay', () => {
  const buffer = new LineBuffer()
  buffer.add(lines(1, keptLines + 501))
  expect(buffer.all).toHaveLength(keptLines)
  expect(buffer.all[0]).toMatchObject({ number: 501, text: 'line 501' })
})

it('filters what is there and what comes, the same as all of it at once', () => {
  const buffer = new LineBuffer()
  buffer.add(lines(1, 6000))
  buffer.filter('LINE 77')
  buffer.add(lines(6000, keptLines + 4001))
  const expected = buffer.all.filter(({ text }) => text.includes('line 77'))
  expect(expected).toHaveLength(100)
  expect(buffer.shown).toEqual(expected)
  buffer.filter('')
  expect(buffer.shown).toEqual(buffer.all)
})

it('says where lines were missed, also through a filter', () => {
  const buffer = new LineBuffer()
  buffer.filter('nothing')
  buffer.add(lines(1, 3), 250)
  expect(buffer.shown.map(({ text }) => text)).toEqual(['… 250 lines came too fast to be shown …'])
  expect(buffer.all.map(({ number }) => number)).toEqual([1, 251, 252])
  buffer.clear()
  expect(buffer.all).toEqual([])
})

it('is saved with full times', () => {
  const buffer = new LineBuffer()
  buffer.add(lines(1, 3))
  expect(linesText(buffer.all)).toBe(`${at}  line 1\n${at}  line 2\n`)
})
