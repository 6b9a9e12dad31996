/** Columns of plain text, for a terminal. */
export interface Column {
  title: string
  align: 'left' | 'right'
}

/** Names and versions may come from another machine: no control characters (escape sequences) reach the terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')

/** Two blanks between columns; characters are counted as code points. Rows may be shorter than the columns. */
export function alignColumns(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const all = [columns.map(({ title }) => title), ...rows]
  const width = (text: string): number => [...text].length
  const widths = columns.map((_, index) => Math.max(...all.map((row) => width(row[index] ?? ''))))
  return all.map((row) =>
    columns
      .map(({ align }, index) => {
        const text = row[index] ?? ''
        const blanks = ' '.repeat(widths[index]! - width(text))
        return align === 'left' ? text + blanks : blanks + text
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Breaks a sentence at blanks; what follows is indented. A word that is longer than a line stays whole. */
export function wrap(line: string, width: number): string[] {
  const lines: string[] = []
  let rest = line
  while ([...rest].length > width) {
    const cut = rest.lastIndexOf(' ', width)
    if (cut <= 2) break
    lines.push(rest.slice(0, cut))
    rest = `  ${rest.slice(cut + 1)}`
  }
  return [...lines, rest]
}
