/** A table as data: what is exported as CSV, and drawn as SVG or PNG. Headings carry units; values keep full precision. */
export type Cell = string | number | null

export interface ExportTable {
  /** Names the files: "latency-by-cut". */
  name: string
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
}

/** RFC 4180: CRLF, quotes where a cell holds a comma, a quote or a line break. */
export function toCsv({ columns, rows }: ExportTable): string {
  const cell = (value: Cell): string => {
    const text = value === null ? '' : String(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** For the clipboard: spreadsheets take tabs. Line breaks and tabs in cells become spaces. */
export const toTsv = ({ columns, rows }: ExportTable): string =>
  [columns, ...rows]
    .map((row) => row.map((value) => (value === null ? '' : String(value)).replaceAll(/[\t\r\n]+/g, ' ')).join('\t'))
    .map((line) => `${line}\n`)
    .join('')
