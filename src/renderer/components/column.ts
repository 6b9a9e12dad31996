import type { Cell } from '../export/table.ts'

/** A column of a table: what is sorted and exported (`value`), and what is read (`text`). */
export interface Column<Row> {
  key: string
  /** On screen, with the unit: "Payload". */
  title: string
  /** In files: "payload_bytes". */
  exported: string
  align: 'left' | 'right'
  value(row: Row): Cell
  text(row: Row): string
  /** A second, quiet line: a delta, an interval. */
  note?(row: Row): string | null
  hint?: string
  /** Long words: the cell wraps instead of being cut. */
  wraps?: boolean
}

/** What a column of words and one of figures have in common with all of their kind; null is shown as a dash. */
export const unknownText = '–'

export const wordColumn = <Row>(
  column: Pick<Column<Row>, 'key' | 'title' | 'exported'> & Partial<Column<Row>>,
  value: (row: Row) => string | null,
): Column<Row> => ({ align: 'left', value, text: (row) => value(row) ?? unknownText, ...column })

export const figureColumn = <Row>(
  column: Pick<Column<Row>, 'key' | 'title' | 'exported'> & Partial<Column<Row>>,
  value: (row: Row) => number | null,
  format: (value: number) => string,
): Column<Row> => ({
  align: 'right',
  value,
  text: (row) => {
    const known = value(row)
    return known === null ? unknownText : format(known)
  },
  ...column,
})

export interface Sorting {
  key: string
  descending: boolean
}

/** Made once: a sort of 500 words by `localeCompare` makes thousands. */
const words = new Intl.Collator('en', { numeric: true })

/** Empty cells stay last in either direction; equal rows keep their order. */
export function sortRows<Row>(rows: readonly Row[], column: Column<Row> | undefined, descending: boolean): Row[] {
  if (!column) return [...rows]
  const sign = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const left = column.value(a)
    const right = column.value(b)
    if (left === null || right === null) return Number(left === null) - Number(right === null)
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right)
    return sign * words.compare(String(left), String(right))
  })
}
