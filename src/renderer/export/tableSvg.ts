/** What a drawn table needs: texts as on screen. */
export interface DrawnTable {
  columns: readonly { title: string; align: 'left' | 'right' }[]
  rows: readonly (readonly string[])[]
}

export interface Paint {
  ink: string
  muted: string
  line: string
  surface: string
  fontFamily: string
}

const size = 12
const lineHeight = 22
const padding = 8
/** Widest usual character of a sans-serif at this size, so that text of any font fits. */
const perCharacter = 6.9

const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A table as a self-contained SVG. */
export function tableSvg({ columns, rows }: DrawnTable, paint: Paint): { svg: string; width: number; height: number } {
  const widths = columns.map(
    ({ title }, index) =>
      Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)) * perCharacter + 2 * padding,
  )
  const lefts = widths.map((_, index) => widths.slice(0, index).reduce((sum, width) => sum + width, 0))
  const width = Math.ceil(widths.reduce((sum, one) => sum + one, 0))
  const height = (rows.length + 1) * lineHeight + padding
  const texts = (cells: readonly string[], y: number, fill: string, weight: number): string =>
    cells
      .map((cell, index) => {
        const right = columns[index]!.align === 'right'
        const x = right ? lefts[index]! + widths[index]! - padding : lefts[index]! + padding
        return `<text x="${x}" y="${y}" fill="${fill}" font-weight="${weight}" text-anchor="${right ? 'end' : 'start'}">${xml(cell)}</text>`
      })
      .join('')
  const baseline = (row: number): number => row * lineHeight + 16
  const body = rows
    .map((row, index) => {
      const y = (index + 1) * lineHeight
      return `<line x1="0" x2="${width}" y1="${y}" y2="${y}" stroke="${paint.line}"/>${texts(row, baseline(index + 1), paint.ink, 400)}`
    })
    .join('')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${xml(paint.fontFamily)}" font-size="${size}"><rect width="${width}" height="${height}" fill="${paint.surface}"/>${texts(
    columns.map(({ title }) => title),
    baseline(0),
    paint.muted,
    600,
  )}${body}</svg>`
  return { svg, width, height }
}
