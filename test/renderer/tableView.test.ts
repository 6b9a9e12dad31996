import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Column } from '../../src/renderer/components/column.ts'
import {
  chosenAfter,
  filterRows,
  groupRows,
  moved,
  orderedColumns,
  rangeOf,
  shownColumns,
} from '../../src/renderer/components/tableView.ts'

interface Row {
  id: string
  network: string
  accuracy: number | null
}
const text = (key: 'id' | 'network', title: string): Column<Row> => ({
  key,
  title,
  exported: key,
  align: 'left',
  value: (row) => row[key],
  text: (row) => row[key],
})
const columns: Column<Row>[] = [
  text('id', 'Run'),
  text('network', 'Network'),
  {
    key: 'accuracy',
    title: 'Accuracy',
    exported: 'accuracy_fraction',
    align: 'right',
    value: (row) => row.accuracy,
    text: (row) => (row.accuracy === null ? '–' : `${100 * row.accuracy} %`),
    note: (row) => (row.accuracy === 0.9 ? 'the best' : null),
  },
]
const rows: Row[] = [
  { id: 'a', network: 'vgg16', accuracy: 0.9 },
  { id: 'b', network: 'vgg16', accuracy: 0.7 },
  { id: 'c', network: 'resnet18', accuracy: null },
]
const ids = (found: readonly Row[]): string => found.map(({ id }) => id).join('')

it('filters by words anywhere, words of a column, and full values of a column', () => {
  expect(ids(filterRows(rows, columns, ''))).toBe('abc')
  expect(ids(filterRows(rows, columns, 'VGG'))).toBe('ab')
  expect(ids(filterRows(rows, columns, 'vgg best'))).toBe('a')
  expect(ids(filterRows(rows, columns, 'network:res'))).toBe('c')
  expect(ids(filterRows(rows, columns, 'accuracy>0.7'))).toBe('a')
  expect(ids(filterRows(rows, columns, 'accuracy>=0.7 run:b'))).toBe('b')
  expect(ids(filterRows(rows, columns, 'accuracy_fraction<0.8'))).toBe('b')
  expect(ids(filterRows(rows, columns, 'nothing>1'))).toBe('')
})

it('shows only columns that tell rows apart, in the order of the user, and never none', () => {
  const keys = (found: readonly Column<Row>[]): string => found.map(({ key }) => key).join()
  const plain = { hidden: [], order: [], differing: false }
  expect(keys(shownColumns(columns, rows, plain))).toBe('id,network,accuracy')
  expect(keys(shownColumns(columns, rows.slice(0, 2), { ...plain, differing: true }))).toBe('id,accuracy')
  expect(keys(shownColumns(columns, rows, { ...plain, hidden: ['id'], order: ['accuracy'] }))).toBe('accuracy,network')
  expect(keys(shownColumns(columns, rows, { ...plain, hidden: ['id', 'network', 'accuracy'] }))).toBe('id')
  expect(keys(shownColumns(columns, [rows[0]!, rows[0]!], { ...plain, differing: true }))).toBe('id,network,accuracy')
})

it('moves a column by one place and loses none', () => {
  expect(moved(columns, [], 'network', -1)).toEqual(['network', 'id', 'accuracy'])
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('id', 'network', 'accuracy', 'gone'), fc.constantFrom<-1 | 1>(-1, 1))),
      (moves) => {
        const order = moves.reduce<string[]>((now, [key, by]) => moved(columns, now, key, by), [])
        expect(
          orderedColumns(columns, order)
            .map(({ key }) => key)
            .sort(),
        ).toEqual(['accuracy', 'id', 'network'])
      },
    ),
  )
})

it('groups rows by what a column says; every row is in one group', () => {
  expect(groupRows(rows, columns[1]).map(({ title, rows: members }) => [title, ids(members)])).toEqual([
    ['vgg16', 'ab'],
    ['resnet18', 'c'],
  ])
  expect(groupRows(rows, undefined)).toEqual([{ title: '', rows }])
})

it('chooses ranges with Shift from the last click on', () => {
  const keys = ['a', 'b', 'c', 'd']
  expect(rangeOf(keys, 'd', 'b')).toEqual(['b', 'c', 'd'])
  expect(chosenAfter(['a'], keys, 'c', { on: true, last: 'a' }).sort()).toEqual(['a', 'b', 'c'])
  expect(chosenAfter(['a', 'b', 'c'], keys, 'c', { on: false, last: 'b' })).toEqual(['a'])
  expect(chosenAfter([], keys, 'd', { on: true, last: 'gone' })).toEqual(['d'])
})
