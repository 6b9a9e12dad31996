import type { PreprocessingResult } from '../contract/preprocessing.ts'
import { formatCount } from '../units.ts'
import type { OperatorName } from './preprocessing.ts'
import { greySize, operators } from './preprocessing.ts'

/** Mean over seeds of one operator at one size, with the range; null where nothing was run. */
export function preprocessingSpot(
  { cells }: Pick<PreprocessingResult, 'cells'>,
  operator: OperatorName,
  images: number,
) {
  const own = cells.filter((cell) => cell.operator === operator && cell.images === images)
  if (own.length === 0) return null
  const mean = (value: (cell: (typeof own)[number]) => number): number =>
    own.reduce((sum, cell) => sum + value(cell), 0) / own.length
  const accuracies = own.map(({ accuracy }) => accuracy)
  return {
    seeds: own.length,
    accuracy: mean(({ accuracy }) => accuracy),
    least: Math.min(...accuracies),
    most: Math.max(...accuracies),
    /** Seconds: learning and applying the operator, training. */
    preparingS: mean(({ fitS, encodeS }) => fitS + encodeS),
    trainS: mean(({ trainS }) => trainS),
    serverMacs: own[0]!.serverMacs,
  }
}

/** How many times fewer bytes than the image itself cross the link, header included on both sides or on neither. */
export const trafficRatio = (operator: OperatorName, headerBytes = 0): number =>
  (greySize ** 2 + headerBytes) / (operators[operator].bytes + headerBytes)

export interface PreprocessingFinding {
  claim: string
  /** Null: cells for it are missing. */
  holds: boolean | null
  observed: string
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`

/** What a replication must show (frameworks.md §15), as observed, whether it holds or not. */
export function preprocessingFindings(result: PreprocessingResult): PreprocessingFinding[] {
  const sizes = result.images
  const [smallest, largest] = [sizes[0]!, sizes.at(-1)!]
  const spot = (operator: OperatorName, images: number) => preprocessingSpot(result, operator, images)
  const coded = result.operators.filter((operator) => trafficRatio(operator, result.headerBytes) >= 10)
  const best = coded
    .flatMap((operator) => spot(operator, largest) ?? [])
    .reduce<number | null>((most, { accuracy }) => Math.max(most ?? 0, accuracy), null)
  const grown = result.operators.flatMap((operator) => {
    const [first, last] = [spot(operator, smallest), spot(operator, largest)]
    return first && last && smallest < largest ? [{ operator, gain: last.accuracy - first.accuracy }] : []
  })
  const [raw, pca] = [spot('raw', largest), spot('pca-32', largest)]
  return [
    {
      claim: `at ${formatCount(largest)} images at least 90 % with at least 10 times less traffic`,
      holds: best === null ? null : best >= 0.9,
      observed: best === null ? 'no such operator was run' : `best of ${coded.join(', ')}: ${percent(best)}`,
    },
    {
      claim: 'accuracy grows with the training data',
      holds: grown.length === 0 ? null : grown.every(({ gain }) => gain > 0),
      observed: grown
        .map(({ operator, gain }) => `${operator} ${gain >= 0 ? '+' : '−'}${(100 * Math.abs(gain)).toFixed(1)}`)
        .join(', '),
    },
    {
      claim: 'PCA cuts training time',
      holds: raw && pca ? pca.trainS + pca.preparingS < raw.trainS : null,
      observed:
        raw && pca
          ? `${pca.trainS.toFixed(1)} s and ${pca.preparingS.toFixed(1)} s for PCA itself, instead of ${raw.trainS.toFixed(1)} s`
          : '',
    },
  ]
}
