import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { seedGroups } from '#common/charts/papers/records.ts'
import { comparisonSection } from './comparison.ts'
import type { Notes } from './markdown.ts'
import { networksSection } from './networks.ts'
import { preprocessingSection } from './preprocessing.ts'
import { storedRecords } from './records.ts'
import { sweepSection } from './sweep.ts'

const head = `# Results book

What was reached, with the command that makes it again. This page is written by \`npm run docs:results\` from the records in
\`results/\` (whole \`comparison.json\`, \`sweep.json\` and \`preprocess.json\` files); text by hand is in \`results/notes\`. A test
compares it with what the script writes. \`npm run splitbench -- report results/<record>.json\` prints a record, \`npm run
splitbench -- figure --list\` says which figures can be drawn from it.

What was not run is an empty cell ("–"). Published figures are other machines', trainings' and mostly other networks' numbers:
orders and ratios compare, milliseconds do not; they are hollow marks in figures, and never in a column of what was measured.
Tags: [S] read in a seed document, [R] read in an author's repository or an abstract, [C] computed from such, [K] recalled.`

/** Everything that the book consists of: texts by their paths below `root`. Figures are drawn anew. */
export function resultsBook(root: string): Map<string, string> {
  const folder = join(root, 'results')
  const records = storedRecords(folder)
  const notes: Notes = (name) => {
    const file = join(folder, 'notes', `${name}.md`)
    return existsSync(file) ? [readFileSync(file, 'utf8').trim()] : []
  }
  const files = new Map<string, string>()
  const comparisons = records.flatMap((one) => (one.kind === 'comparison' ? [one] : []))
  const names = new Map(comparisons.map((one) => [one.record, one]))
  const groups = seedGroups(comparisons.map(({ record }) => record)).map((group) => group.map((one) => names.get(one)!))
  const sections = [
    ...groups.map((group) => comparisonSection(group, notes, files)),
    ...(groups.length > 0 ? [networksSection(groups)] : []),
    ...records.flatMap((one) => (one.kind === 'sweep' ? [sweepSection(one, notes, files)] : [])),
    ...records.flatMap((one) => (one.kind === 'preprocessing' ? [preprocessingSection(one, notes, files)] : [])),
  ]
  const markdown = [head, ...notes('introduction'), ...sections.flat()].join('\n\n')
  files.set(join('docs', 'results.md'), `${markdown}\n`)
  return files
}
