import type { Comparison } from '#common/contract/result.ts'
import { checklist } from '#common/orderings/checklist.ts'
import type { ChecklistRow } from '#common/orderings/ordering.ts'
import { list, table } from './markdown.ts'

const words = { true: 'holds', false: '**does not hold**', null: '–' } as const
const heads = ['framework', '§', 'claim', 'verdict', 'observed', 'published']

/** Claims of the papers beside what every seed shows; those that these records cannot judge below, with the reason. */
export function checklistTable(comparisons: readonly Comparison[]): string[] {
  const lists = comparisons.map((one) => checklist(one))
  const seeds = comparisons.map(({ run }) => run.seed)
  const rows = lists[0]!.map((_, index) => lists.map((one) => one[index]!))
  const judged = rows.filter((row) => row.some(({ holds }) => holds !== null))
  const open = rows.filter((row) => row.every(({ holds }) => holds === null))
  return [
    `${judged.filter((row) => row.every(({ holds }) => holds !== false)).length} of ${judged.length} claims that these records can judge hold. "±" and brackets: 95 % (of the accuracy on as many test images; of the two timed parts).`,
    table(
      heads,
      judged.map((row) => {
        const [{ framework, section, claim, published }] = row as [ChecklistRow]
        return [framework, section, claim, verdictOf(row), observedOf(row, seeds), published]
      }),
      heads,
    ),
    ...(open.length > 0
      ? [
          'Not judged by these records:',
          list(
            open.map(
              ([row]) =>
                `${row!.framework}, §${row!.section}: ${row!.claim} — ${row!.reason} (published: ${row!.published})`,
            ),
          ),
        ]
      : []),
  ]
}

function verdictOf(row: readonly ChecklistRow[]): string {
  const known = row.filter(({ holds }) => holds !== null)
  const held = known.filter(({ holds }) => holds).length
  if (row.length === 1) return words[`${row[0]!.holds}`]
  return `${held === known.length ? 'holds' : '**does not hold**'} in ${held} of ${known.length} seeds`
}

const observedOf = (row: readonly ChecklistRow[], seeds: readonly number[]): string =>
  row
    .map(({ observed, reason }, index) => {
      const text = observed ?? reason ?? '–'
      return seeds.length === 1 ? text : `seed ${seeds[index]}: ${text}`
    })
    .join('; ')
