import type { Sweep } from '#common/contract/sweep.ts'
import type { AgainstRandom, SweepStage } from '#common/experiment/sweepSummary.ts'
import { againstRandom, sweepSpot } from '#common/experiment/sweepSummary.ts'
import { formatPercent, formatPoints } from '#common/units.ts'
import type { Column } from '../../components/column.ts'

/** A criterion at a depth: means over ratios and seeds. */
export interface CriterionRow {
  key: string
  criterion: string
  depth: string
  channels: number
  accuracy: Record<SweepStage, number | null>
  versus: Record<SweepStage, AgainstRandom | null>
}

export function criteriaRows(sweep: Sweep): CriterionRow[] {
  const accuracyOf = (stage: SweepStage, criterion: CriterionRow['criterion'], depth: string): number | null => {
    const means = sweep.ratios.flatMap(
      (ratio) =>
        sweepSpot(sweep, stage, { criterion: criterion as Sweep['criteria'][number], depth, ratio }).mean ?? [],
    )
    return means.length === 0 ? null : means.reduce((sum, mean) => sum + mean, 0) / means.length
  }
  return sweep.depths.flatMap(({ name: depth, channels }) =>
    sweep.criteria.map((criterion) => {
      const versus = (stage: SweepStage) => againstRandom(sweep, stage, { criterion, depth })
      return {
        ...{ key: `${criterion}/${depth}`, criterion, depth, channels },
        accuracy: { before: accuracyOf('before', criterion, depth), after: accuracyOf('after', criterion, depth) },
        versus: { before: versus('before'), after: versus('after') },
      }
    }),
  )
}

export function criteriaColumns(): Column<CriterionRow>[] {
  const stage = (of: SweepStage, title: string, exported: string): Column<CriterionRow>[] => [
    {
      key: `${of}-accuracy`,
      title: `Accuracy ${title}`,
      exported: `accuracy_${exported}_fraction`,
      align: 'right',
      value: ({ accuracy }) => accuracy[of],
      text: ({ accuracy }) => (accuracy[of] === null ? '–' : formatPercent(accuracy[of])),
    },
    {
      key: `${of}-difference`,
      title: `vs. random ${title}`,
      hint: 'Mean difference over pairs of equal ratio and seed, in points; how many of the pairs it won',
      exported: `difference_from_random_${exported}_fraction`,
      align: 'right',
      value: ({ criterion, versus }) => (criterion === 'random' ? null : (versus[of]?.difference ?? null)),
      text: ({ criterion, versus }) =>
        criterion === 'random' || !versus[of] ? '–' : formatPoints(versus[of].difference),
      note: ({ criterion, versus }) =>
        criterion === 'random' || !versus[of] ? null : `${versus[of].wins} of ${versus[of].pairs} won`,
    },
  ]
  return [
    {
      key: 'depth',
      title: 'Layer',
      exported: 'depth',
      align: 'left',
      value: ({ depth }) => depth,
      text: ({ depth }) => depth,
      note: ({ channels }) => `${channels} channels`,
    },
    {
      key: 'criterion',
      title: 'Criterion',
      exported: 'criterion',
      align: 'left',
      value: ({ criterion }) => criterion,
      text: ({ criterion }) => criterion,
    },
    ...stage('before', 'as pruned', 'as_pruned'),
    ...stage('after', 'fine-tuned', 'fine_tuned'),
  ]
}
