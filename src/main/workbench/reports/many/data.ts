import { renderCsv } from '../csv.ts'
import type { Material } from './material.ts'

/** Every candidate of every comparison on every link, as one tidy table. */
export function manyCsv({ comparisons }: Material): string {
  const [first = '', ...others] = comparisons.map(renderCsv)
  const rowsOf = (csv: string): string => csv.slice(csv.indexOf('\r\n') + 2)
  return first + others.map(rowsOf).join('')
}

export const manyJson = ({ report, comparisons, timings }: Material): string =>
  `${JSON.stringify({ protocol: 1, title: report.title, note: report.note, comparisons, timings }, null, 2)}\n`
