import type { Sweep, SweepCell } from '../contract/sweep.ts'
import type { CriterionName } from './criteria.ts'

/** As pruned, or after fine-tuning. */
export type SweepStage = 'before' | 'after'
export const stageTitles: Record<SweepStage, string> = { before: 'as pruned', after: 'after fine-tuning' }

/** Accuracies of one criterion at one depth and ratio over the seeds; null where no cell was run. */
export interface SweepSpot {
  criterion: CriterionName
  depth: string
  ratio: number
  mean: number | null
  min: number | null
  max: number | null
  seeds: number
}

type Cells = Pick<Sweep, 'cells'>
const matching = (sweep: Cells, wanted: Partial<SweepCell>): SweepCell[] =>
  sweep.cells.filter((cell) => Object.entries(wanted).every(([key, value]) => cell[key as keyof SweepCell] === value))

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

export function sweepSpot(
  sweep: Cells,
  stage: SweepStage,
  where: Pick<SweepSpot, 'criterion' | 'depth' | 'ratio'>,
): SweepSpot {
  const values = matching(sweep, where).map((cell) => cell[stage])
  const none = values.length === 0
  return {
    ...where,
    mean: none ? null : mean(values),
    min: none ? null : Math.min(...values),
    max: none ? null : Math.max(...values),
    seeds: values.length,
  }
}

/** How a criterion stands to random at a depth: pairs of cells of the same ratio and seed. */
export interface AgainstRandom {
  criterion: CriterionName
  depth: string
  /** Mean difference of accuracies (fractions). */
  difference: number
  /** Pairs in which it was better, of how many. */
  wins: number
  pairs: number
}

export function againstRandom(
  sweep: Cells,
  stage: SweepStage,
  where: Pick<SweepCell, 'criterion' | 'depth'>,
): AgainstRandom | null {
  const differences = matching(sweep, where).flatMap((cell) => {
    const { depth, ratio, seed } = cell
    const [other] = matching(sweep, { criterion: 'random', depth, ratio, seed })
    return other ? [cell[stage] - other[stage]] : []
  })
  if (differences.length === 0) return null
  return {
    ...where,
    difference: mean(differences),
    wins: differences.filter((value) => value > 0).length,
    pairs: differences.length,
  }
}

/** Half of what random's accuracy at a depth varies by between seeds, mean over the ratios: what a difference must exceed. */
export function randomSpread(sweep: Pick<Sweep, 'cells' | 'ratios'>, stage: SweepStage, depth: string): number {
  const spreads = sweep.ratios.flatMap((ratio) => {
    const { min, max, seeds } = sweepSpot(sweep, stage, { criterion: 'random', depth, ratio })
    return seeds > 0 ? [(max! - min!) / 2] : []
  })
  return spreads.length > 0 ? mean(spreads) : 0
}

/** What the paper says of its Figure 2, beside what this sweep shows; `holds` null: cells are missing. */
export interface SweepFinding {
  claim: string
  holds: boolean | null
  /** Depths (of how many asked) at which it holds. */
  observed: string
}

/**
 * The orderings that SAFBMP (Li et al. 2023) reads from its Figure 2: norms and ranks beat random in shallow layers, tie
 * or lose in deep ones, and the feature bias stays on top. Shallow: the first half of the depths, deep: the rest, the
 * middle one left out. A tie is a mean difference within random's spread.
 */
export function sweepFindings(
  sweep: Pick<Sweep, 'cells' | 'ratios' | 'criteria' | 'depths'>,
  stage: SweepStage,
): SweepFinding[] {
  const names = sweep.depths.map(({ name }) => name)
  const half = Math.floor(names.length / 2)
  const shallow = names.slice(0, half)
  const deep = names.slice(names.length - half)
  const wins =
    (criterion: CriterionName) =>
    (depth: string): boolean | null => {
      const found = againstRandom(sweep, stage, { criterion, depth })
      return found && found.difference > randomSpread(sweep, stage, depth)
    }
  const notAbove =
    (criterion: CriterionName) =>
    (depth: string): boolean | null => {
      const above = wins(criterion)(depth)
      return above === null ? null : !above
    }
  const onTop = (depth: string): boolean | null => {
    const found = sweep.criteria.map((criterion) => againstRandom(sweep, stage, { criterion, depth }))
    const best = found.find((one) => one?.criterion === 'feature-bias')
    if (!best || found.some((one) => !one)) return null
    return found.every((one) => one!.difference <= best.difference)
  }
  const finding = (claim: string, depths: readonly string[], test: (depth: string) => boolean | null): SweepFinding => {
    const answers = depths.map(test)
    const held = depths.filter((_, index) => answers[index])
    return {
      claim,
      holds: depths.length === 0 || answers.includes(null) ? null : answers.every(Boolean),
      observed: `at ${held.length} of ${depths.length} depths${held.length > 0 && held.length < depths.length ? ` (${held.join(', ')})` : ''}`,
    }
  }
  const asked = (criterion: CriterionName): boolean => sweep.criteria.includes(criterion)
  return [
    ...(['l1', 'hrank'] as const)
      .filter(asked)
      .flatMap((criterion) => [
        finding(`${criterion} beats random in shallow layers`, shallow, wins(criterion)),
        finding(`${criterion} ties with random or loses in deep layers`, deep, notAbove(criterion)),
      ]),
    ...(asked('feature-bias') ? [finding('feature-bias is the best criterion', names, onTop)] : []),
  ]
}
