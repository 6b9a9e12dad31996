import { formatMacs, significant } from '#common/units.ts'
import type { BestRow, HeadRow, Material } from './material.ts'
import { bestRows, headRows } from './material.ts'

const special: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '×': '$\\times$',
  γ: '$\\gamma$',
  '·': '$\\cdot$',
  µ: '$\\mu$',
  '–': '--',
}

/** Text from outside as LaTeX prints it. */
export const escapeLatex = (text: string): string => text.replace(/[\\{}$&#%_~^×γ·µ–]/g, (sign) => special[sign]!)

const row = (cells: readonly string[]): string => `${cells.join(' & ')} \\\\`
const interval = ([low, high]: readonly [number, number]): string =>
  `{\\scriptsize [${significant(low)}, ${significant(high)}]}`

/** Tables for a paper (package booktabs). */
export function manyLatex({ report, comparisons, timings }: Material): string {
  const parts = [`% ${report.title.replaceAll(/[\r\n]+/g, ' ')}\n% Needs \\usepackage{booktabs}.\n`]
  if (comparisons.length > 0) parts.push(bestTable(bestRows(comparisons)))
  if (timings.length > 0) {
    parts.push(
      headTable(
        headRows(timings),
        timings.map(({ config }) => config.device),
      ),
    )
  }
  return parts.join('\n')
}

const bestTable = (rows: readonly BestRow[]): string => `\\begin{table}
\\centering
\\caption{Fastest cut within the accuracy bound; end to end composed of device, link and server, with the 95\\,\\% interval of the median; gain against the first row.}
\\begin{tabular}{llllrrrr}
\\toprule
Network & Device & Framework & Cut & Acc. (\\%) & Payload (B) & End to end (ms) & Gain \\\\
\\midrule
${rows
  .map((one) =>
    row([
      escapeLatex(`${one.network}, ${one.dataset}`),
      escapeLatex(`${one.device} (${one.source}), ${one.link}`),
      escapeLatex(one.framework),
      escapeLatex(one.point),
      (100 * one.accuracy).toFixed(1),
      significant(one.payloadBytes, 4),
      `${significant(one.composedMs)} ${interval(one.ci95)}`,
      one.gain === null ? '--' : `${significant(one.gain)}$\\times$`,
    ]),
  )
  .join('\n')}
\\bottomrule
\\end{tabular}
\\end{table}
`

const headTable = (rows: readonly HeadRow[], devices: readonly string[]): string => `\\begin{table}
\\centering
\\caption{Heads on devices: median time per image in ms, with its 95\\,\\% interval.}
\\begin{tabular}{llr${'r'.repeat(devices.length)}}
\\toprule
${row(['Framework', 'Cut', 'MACs', ...devices.map(escapeLatex)])}
\\midrule
${rows
  .map(({ framework, point, headMacs, times }) =>
    row([
      escapeLatex(framework),
      escapeLatex(point),
      formatMacs(headMacs),
      ...times.map((time) => (time ? `${significant(time.median)} ${interval(time.ci95)}` : '--')),
    ]),
  )
  .join('\n')}
\\bottomrule
\\end{tabular}
\\end{table}
`
