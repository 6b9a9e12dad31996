import { spreadOf } from '#common/charts/papers/records.ts'
import type { Comparison } from '#common/contract/result.ts'
import type { FairField, FairRow } from '#common/selection/fair.ts'
import { fairFields, ownEntry } from '#common/selection/fair.ts'
import { describePlaced } from '#common/selection/placed.ts'
import { formatMacs, significant } from '#common/units.ts'
import { threeDigits } from '../../../src/main/workbench/reports/digits.ts'
import { percent, table } from './markdown.ts'

const heads = [
  'framework',
  'end to end, ms',
  '/ fastest other',
  'accuracy, %',
  'loss, pt',
  'payload, B',
  'training',
  'candidates',
  'its best',
]

/** Where entries are judged, a table each; over several seeds the means, with the range of the latency. */
export function fairTables(comparisons: readonly Comparison[]): string[] {
  const perSeed = comparisons.map((one) => fairFields(one))
  return perSeed[0]!.flatMap(({ title }, index) => {
    const fields = perSeed.flatMap((one) => one[index] ?? [])
    const frameworks = [...new Set(fields.flatMap(({ rows }) => rows.map(({ framework }) => framework)))]
    const rows = frameworks
      .map((framework) => fields.flatMap((field) => field.rows.filter((row) => row.framework === framework)))
      .sort((a, b) => latency(a) - latency(b))
    return [`**${title}**`, table(heads, rows.map(cells), ['its best']), ...fields.flatMap(aimOf)]
  })
}

const known = (rows: readonly FairRow[]): NonNullable<FairRow['best']>[] => rows.flatMap(({ best }) => best ?? [])
const latency = (rows: readonly FairRow[]): number =>
  spreadOf(known(rows).map(({ values }) => values.latency!))?.mean ?? Number.POSITIVE_INFINITY

function cells(rows: readonly FairRow[]): string[] {
  const best = known(rows)
  const [{ framework, trainingBudget, candidates }] = rows as [FairRow]
  const tail = [trainingBudget === null ? '–' : formatMacs(trainingBudget), String(candidates)]
  const ms = spreadOf(best.map(({ values }) => values.latency!))
  if (!ms) return [framework, '–', '–', '–', '–', '–', ...tail, 'nothing inside the bound']
  const mean = (values: readonly number[]): number => spreadOf(values)!.mean
  const [low, high] = ms.seeds > 1 ? [ms.min, ms.max] : (best[0]!.endToEnd?.ci95 ?? [ms.min, ms.max])
  const ratios = rows.flatMap(({ ratio }) => ratio ?? [])
  const symbols = best.some(({ candidate }) => candidate.symbols !== undefined)
  return [
    framework,
    `${threeDigits(ms.mean)} [${threeDigits(low)}, ${threeDigits(high)}]`,
    ratios.length > 0 ? threeDigits(mean(ratios)) : '–',
    percent(mean(best.map(({ candidate }) => candidate.accuracy))),
    percent(mean(best.map(({ candidate }) => candidate.accuracyLoss))),
    `${symbols ? '~' : ''}${significant(mean(best.map(({ candidate }) => candidate.payloadBytes)), 4)}`,
    ...tail,
    [...new Set(best.map(nameOf))].join(' / '),
  ]
}

const nameOf = ({ candidate: { partitionPoint, codec, step } }: NonNullable<FairRow['best']>): string =>
  [partitionPoint, codec, ...(step ? [step] : [])].join(', ')

/** Our own entry against the best of the others: half of its latency at no more loss, which is chosen on validation images. */
function aimOf({ own, reference }: FairField): string[] {
  if (!own || !reference) return []
  const loss = 100 * own.extraLoss
  return [
    `\`${ownEntry}\` (${describePlaced(own.chosen)}): ${significant(own.ratio)} of the latency of the fastest other (${describePlaced(reference)}), ${loss === 0 ? 'the same accuracy' : `${significant(Math.abs(loss))} points ${loss > 0 ? 'more' : 'less'} loss`}; aim at most 0.5 at no more loss: ${own.ratio <= 0.5 && own.extraLoss <= 0 ? 'reached' : 'not reached'}.`,
  ]
}
