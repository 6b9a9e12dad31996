import type { Comparison } from '#common/contract/result.ts'
import { significant } from '#common/units.ts'
import { shi2019Table } from '../../../src/main/workbench/reports/shi2019Table.ts'
import { folded, table } from './markdown.ts'

/** What two-step pruning leaves to send, per point, and its ratios beside the published ones; nothing without it. */
export function transmissionTable(comparison: Comparison): string[] {
  if (!comparison.candidates.some(({ framework }) => framework === 'two-step')) return []
  const { rows, transmission } = shi2019Table(comparison)
  const { candidates, baseline } = comparison
  const at = (point: string) =>
    candidates.find((one) => one.framework === 'two-step' && one.step === 'step2' && one.partitionPoint === point)
  const points = (fraction: number | undefined): string =>
    fraction === undefined ? '–' : `${(100 * fraction).toFixed(1)} pt`
  const ratio = (value: number | null): string => (value === null ? '–' : `${significant(value)}×`)
  const tagged = (value: number | null, tag: string): string => (value === null ? '–' : `${ratio(value)} [${tag}]`)
  const elements = transmission
    .filter(({ step2 }) => step2 !== null)
    .map(({ point, original, step1, step2, reduction }) => [
      ...[point, String(original), step1 === null ? '–' : String(step1), String(step2), ratio(reduction)],
      points(at(point) && baseline.validationAccuracy - at(point)!.validationAccuracy),
      points(at(point)?.accuracyLoss),
    ])
  return [
    '### Two-step pruning beside Shi et al. 2019',
    `Ratios unpruned / pruned of seed ${comparison.run.seed}; "reconstructed" is computed from the authors' logs and is not in print.`,
    table(
      ['quantity', 'at', 'reached', 'published', 'reconstructed'],
      rows.map(({ quantity, at, reached, published, reconstructed, note }) => [
        ...[quantity, note ?? (at || '–'), ratio(reached), tagged(published, 'S'), tagged(reconstructed, 'C')],
      ]),
      ['at'],
    ),
    folded('Elements of the feature map per image (8-bit features: bytes)', [
      table(['point', 'unpruned', 'step 1', 'step 2', 'unpruned / step 2', 'loss, validation', 'loss, test'], elements),
    ]),
  ]
}
