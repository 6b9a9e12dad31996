import { commandToRepeat } from '#common/experiment/fullCommand.ts'

/** The piece that was written by hand for a record or a group of them; empty where there is none. */
export type Notes = (name: string) => string[]

/** A table; the first column to the left, the others to the right unless they are `texts`. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  texts: readonly string[] = [],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = heads.map((name, index) => (index === 0 || texts.includes(name) ? '---' : '--:'))
  return [line(heads), line(rule), ...rows.map(line)].join('\n')
}

/** A recorded command without where its output went, which changes nothing of it. */
export const commandOf = (run: { command: string; fullCommand?: string | undefined }): string =>
  commandToRepeat(run)
    .replace(/ --out(?:=| )(?:'[^']*'|"[^"]*"|\S+)/g, '')
    .replace(/ --fresh\b/g, '')

export const code = (text: string): string => `\`\`\`sh\n${text}\n\`\`\``

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')

/** Folded, so that what is long does not hide what is short. */
export const folded = (title: string, parts: readonly string[]): string =>
  [`<details><summary>${title}</summary>`, ...parts, '</details>'].join('\n\n')

export const percent = (fraction: number | null, decimals = 1): string =>
  fraction === null ? '–' : (100 * fraction).toFixed(decimals)
