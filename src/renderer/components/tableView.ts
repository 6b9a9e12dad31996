import type { Column } from './column.ts'

/** How a user has arranged a table; kept across restarts. */
export interface TableView {
  filter: string
  /** Key of the column whose equal values make a group; empty: none. */
  group: string
  hidden: string[]
  /** Keys in the order of the user; columns that are not named follow in their own order. */
  order: string[]
  /** Whether columns that say the same in every row are left out. */
  differing: boolean
}

/** `hidden`: columns that are only shown where a user asks for them. */
export const plainView = (hidden: readonly string[] = []): TableView => ({
  ...{ filter: '', group: '', order: [], differing: false },
  hidden: [...hidden],
})

/** All columns in the order of the user. */
export function orderedColumns<Row>(columns: readonly Column<Row>[], order: readonly string[]): Column<Row>[] {
  const placed = order.flatMap((key) => columns.find((column) => column.key === key) ?? [])
  return [...placed, ...columns.filter(({ key }) => !order.includes(key))]
}

/** The same in every row: nothing that rows could be told apart by. */
const isUniform = <Row>(column: Column<Row>, rows: readonly Row[]): boolean =>
  rows.every((row) => column.value(row) === column.value(rows[0]!) && column.text(row) === column.text(rows[0]!))

/** The columns that are shown, in the order of the user. At least one stays. */
export function shownColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { hidden, order, differing }: Pick<TableView, 'hidden' | 'order' | 'differing'>,
): Column<Row>[] {
  const chosen = orderedColumns(columns, order).filter(({ key }) => !hidden.includes(key))
  const telling = differing && rows.length > 1 ? chosen.filter((column) => !isUniform(column, rows)) : chosen
  return telling.length > 0 ? telling : chosen.length > 0 ? chosen : columns.slice(0, 1)
}

/** Moves a column by one place to the left (-1) or right (1) and returns the whole order. */
export function moved(
  columns: readonly { key: string }[],
  order: readonly string[],
  key: string,
  by: -1 | 1,
): string[] {
  const keys = [...order.filter((one) => columns.some((column) => column.key === one))]
  for (const column of columns) if (!keys.includes(column.key)) keys.push(column.key)
  const from = keys.indexOf(key)
  const to = from + by
  if (from < 0 || to < 0 || to >= keys.length) return keys
  ;[keys[from], keys[to]] = [keys[to]!, keys[from]!]
  return keys
}

const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '')
const comparisons: Record<string, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
}

type Test<Row> = (row: Row) => boolean

/**
 * The rows that fulfil every word of a filter: `pool` stands anywhere in the row, `network:vgg` in that column,
 * `accuracy>0.7` compares the column's full value. Columns are named by title or by their name in files.
 */
export function filterRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], filter: string): Row[] {
  const tests = filter
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => testOf(word, columns))
  return rows.filter((row) => tests.every((test) => test(row)))
}

function testOf<Row>(word: string, columns: readonly Column<Row>[]): Test<Row> {
  const [, name = '', sign = '', wanted = ''] = /^([^:<>=]+)(:|[<>]=?|=)(.+)$/.exec(word) ?? []
  const column =
    name && columns.find(({ key, title, exported }) => [key, title, exported].some((one) => bare(one) === bare(name)))
  const says = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase())
  if (column) {
    const number = Number(wanted)
    if (sign === ':' || Number.isNaN(number)) return (row) => says(column.text(row), wanted)
    return (row) => {
      const value = column.value(row)
      return typeof value === 'number' && comparisons[sign]!(value, number)
    }
  }
  return (row) => columns.some((one) => says(one.text(row), word) || says(one.note?.(row) ?? '', word))
}

export interface RowGroup<Row> {
  title: string
  rows: Row[]
}

/** Rows with the same text in a column, in the order of their first row. */
export function groupRows<Row>(rows: readonly Row[], column: Column<Row> | undefined): RowGroup<Row>[] {
  if (!column) return [{ title: '', rows: [...rows] }]
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const title = column.text(row)
    groups.set(title, [...(groups.get(title) ?? []), row])
  }
  return [...groups].map(([title, members]) => ({ title, rows: members }))
}

/** The keys from one row to another, both included, in the order in which they are shown. */
export function rangeOf(keys: readonly string[], from: string, to: string): string[] {
  const [a, b] = [keys.indexOf(from), keys.indexOf(to)]
  if (a < 0 || b < 0) return keys.includes(to) ? [to] : []
  return keys.slice(Math.min(a, b), Math.max(a, b) + 1)
}

/** What is chosen after a click on a row's box; with Shift, all rows since the last click become what this one becomes. */
export function chosenAfter(
  chosen: readonly string[],
  keys: readonly string[],
  key: string,
  { on, last }: { on: boolean; last: string | null },
): string[] {
  const range = new Set(last === null ? [key] : rangeOf(keys, last, key))
  const others = chosen.filter((one) => !range.has(one))
  return on ? [...others, ...range] : others
}
