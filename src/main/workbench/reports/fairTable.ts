import type { Comparison } from '#common/contract/result.ts'
import type { FairField, FairRow } from '#common/selection/fair.ts'
import { fairFields, ownEntry } from '#common/selection/fair.ts'
import { describePlaced } from '#common/selection/placed.ts'
import { describeTried } from '#common/selection/tried.ts'
import { formatMacs, significant } from '#common/units.ts'
import type { Column } from './columns.ts'
import { alignColumns, plain, wrap } from './columns.ts'
import { threeDigits } from './digits.ts'

const width = 120
const columns: readonly Column[] = [
  { title: 'framework', align: 'left' },
  { title: 'end to end ms', align: 'right' },
  { title: '/ fastest other', align: 'right' },
  { title: 'acc. %', align: 'right' },
  { title: 'loss pt', align: 'right' },
  { title: 'B', align: 'right' },
  { title: 'training', align: 'right' },
  { title: 'of', align: 'right' },
  { title: 'its best', align: 'left' },
]

/** Every framework with its best cut, width and bits under one bound, where entries are judged. Lines ≤ 120 columns. */
export function fairTable(comparison: Comparison): { text: string; fields: ReturnType<typeof document>[] } {
  const fields = fairFields(comparison)
  const { maxLoss, dataset, network, run } = comparison
  const lines = [
    `${network.name} × ${network.width} on ${dataset.name}, seed ${run.seed}: every framework's fastest candidate that loses at most ${significant(100 * maxLoss)} points on ${dataset.validation} validation images`,
    ...fields.flatMap(fieldLines),
    '',
    'acc., loss: on test images, which decide nothing. B: payload. training: image-epochs that all candidates of the framework took together; of: how many there are. End to end is composed.',
    `Settings: each framework is given all values of the profile of every setting that it has. Symbols have no bits, an image file has a quality in their place, a cut without a codec has no width. Tried: ${describeTried(comparison)}.`,
    ...(comparison.candidates.some(({ symbols }) => symbols !== undefined)
      ? ['~ sends symbols of an analog channel; its bytes are what that channel carries at Shannon’s rate.']
      : []),
    ...(comparison.candidates.some(({ int8 }) => int8 !== undefined) ? [int8OnModels] : []),
  ]
  return { text: lines.flatMap((line) => wrap(plain(line), width)).join('\n'), fields: fields.map(document) }
}

/** A factor of a time cannot know it. */
const int8OnModels =
  'int8 heads: a modelled device gains from them what the computer gains that was timed; a board without instructions for sums of int8 products (Raspberry Pi 3 and 4) gains less. Time it there.'

function fieldLines({ title, rows, own, reference }: FairField): string[] {
  return [
    '',
    title,
    ...alignColumns(columns, rows.map(cells)),
    ...(own && reference
      ? [
          `${ownEntry} (${describePlaced(own.chosen)}): ${significant(own.ratio)} of the latency of the fastest other (${describePlaced(reference)}), ${points(own.extraLoss)} of accuracy; the aim is at most 0.5 at no more loss: ${own.ratio <= 0.5 && own.extraLoss <= 0 ? 'reached' : 'not reached'}.`,
        ]
      : []),
  ]
}

const points = (fraction: number): string =>
  fraction === 0
    ? 'the same'
    : `${significant(100 * Math.abs(fraction))} points ${fraction > 0 ? 'more loss' : 'less loss'}`

function cells({ framework, best, ratio, trainingBudget, candidates }: FairRow): string[] {
  const budget = trainingBudget === null ? '–' : formatMacs(trainingBudget)
  if (!best) return [framework, '–', '–', '–', '–', '–', budget, String(candidates), 'nothing inside the bound']
  const { accuracy, accuracyLoss, payloadBytes, symbols, partitionPoint, codec, step } = best.candidate
  return [
    framework,
    threeDigits(best.values.latency!),
    ratio === null ? '–' : threeDigits(ratio),
    (100 * accuracy).toFixed(1),
    (100 * accuracyLoss).toFixed(1),
    `${symbols === undefined ? '' : '~'}${significant(payloadBytes, 4)}`,
    budget,
    String(candidates),
    [partitionPoint, codec, ...(step ? [step] : [])].join(', '),
  ]
}

/** For programs: times in ms, accuracies as fractions. */
const document = ({ title, rows, own, reference }: FairField) => ({
  ...{ title, own, reference: reference?.candidate.id ?? null },
  rows: rows.map(({ framework, best, ratio, trainingBudget, candidates }) => ({
    ...{ framework, ratio, trainingBudget, candidates },
    best: best && {
      id: best.candidate.id,
      endToEndMs: best.values.latency,
      accuracy: best.candidate.accuracy,
      accuracyLoss: best.candidate.accuracyLoss,
      validationLoss: best.values.loss,
    },
  })),
})
