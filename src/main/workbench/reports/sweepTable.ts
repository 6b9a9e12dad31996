import type { Sweep } from '#common/contract/sweep.ts'
import { sweepSize } from '#common/contract/sweep.ts'
import type { SweepStage } from '#common/experiment/sweepSummary.ts'
import { againstRandom, stageTitles, sweepFindings, sweepSpot } from '#common/experiment/sweepSummary.ts'
import { formatPercent } from '#common/units.ts'
import { alignColumns } from './columns.ts'

const percent = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1))
const points = (value: number): string => `${value >= 0 ? '+' : ''}${(100 * value).toFixed(1)}`

/** A sweep for a terminal: accuracy per criterion and depth, mean over ratios and seeds, and the paper's orderings. */
export function renderSweep(sweep: Sweep): string {
  const { network, baseline, dataset, ratios, seeds, steps, batchSize } = sweep
  const removed = ratios.map((ratio) => `${Math.round(100 * ratio)} %`).join(', ')
  return [
    `${network.name} at width ${network.width} on ${dataset.name} · ${sweep.cells.length} of ${sweepSize(sweep)} cells`,
    `unpruned: ${formatPercent(baseline.accuracy)} of ${dataset.test} test images · removed: ${removed} of one layer's channels · seeds ${seeds.join(', ')} · fine-tuning: ${steps} steps of ${batchSize} images`,
    ...(['before', 'after'] as const).flatMap((stage) => [
      '',
      ...tableOf(sweep, stage),
      '',
      ...findingsOf(sweep, stage),
    ]),
  ].join('\n')
}

function tableOf(sweep: Sweep, stage: SweepStage): string[] {
  const rows = sweep.criteria.map((criterion) => [
    criterion,
    ...sweep.depths.map(({ name: depth }) => {
      const spots = sweep.ratios.map((ratio) => sweepSpot(sweep, stage, { criterion, depth, ratio }).mean)
      const known = spots.filter((mean) => mean !== null)
      const versus = againstRandom(sweep, stage, { criterion, depth })
      if (known.length === 0 || !versus) return '–'
      const accuracy = percent(known.reduce((sum, mean) => sum + mean, 0) / known.length)
      return criterion === 'random'
        ? accuracy
        : `${accuracy} (${points(versus.difference)}; ${versus.wins}/${versus.pairs})`
    }),
  ])
  const columns = [
    { title: 'criterion', align: 'left' as const },
    ...sweep.depths.map(({ name }) => ({ title: name, align: 'right' as const })),
  ]
  return [
    `Accuracy ${stageTitles[stage]}, %: mean over ratios and seeds (difference from random in points; pairs won)`,
    ...alignColumns(columns, rows),
  ]
}

const words = { true: 'holds', false: 'does not hold', null: 'cells are missing' }

const findingsOf = (sweep: Sweep, stage: SweepStage): string[] =>
  sweepFindings(sweep, stage).map(
    ({ claim, holds, observed }) => `${claim}, ${stageTitles[stage]}: ${words[`${holds}`]}, ${observed}`,
  )
