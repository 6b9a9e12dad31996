import type { Comparison } from '#common/contract/result.ts'
import { checklist } from '#common/orderings/checklist.ts'
import type { ChecklistRow } from '#common/orderings/ordering.ts'
import { plain, wrap } from './columns.ts'

const width = 120
const marks = { true: 'holds', false: 'does not hold', null: 'not judged' } as const

/** What papers say of how things stand to each other, beside what a comparison shows. Lines ≤ 120 columns. */
export function orderingsTable(comparison: Comparison): { text: string; rows: ChecklistRow[] } {
  const rows = checklist(comparison)
  const { network, dataset, run } = comparison
  const count = (holds: boolean | null): number => rows.filter((row) => row.holds === holds).length
  const lines = [
    `${network.name} × ${network.width} on ${dataset.name}, seed ${run.seed}: ${count(true)} orderings hold, ${count(false)} do not, ${count(null)} cannot be judged by this run`,
    ...rows.flatMap(({ framework, claim, published, observed, holds, reason }) => [
      '',
      `[${marks[`${holds}`]}] ${framework}: ${claim}`,
      ...(observed === null ? [] : [`    observed:  ${observed}`]),
      ...(reason === null ? [] : [`    not judged: ${reason}`]),
      `    published: ${published}`,
    ]),
    '',
    'Published: other networks, trainings and machines; orders and ratios can be compared, milliseconds cannot.',
  ]
  return { text: lines.flatMap((line) => wrap(plain(line), width)).join('\n'), rows }
}
