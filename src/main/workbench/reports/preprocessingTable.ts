import type { Preprocessing } from '#common/contract/preprocessing.ts'
import { operators } from '#common/experiment/preprocessing.ts'
import { preprocessingFindings, preprocessingSpot, trafficRatio } from '#common/experiment/preprocessingSummary.ts'
import { formatMacs, significant } from '#common/units.ts'
import { alignColumns } from './columns.ts'

const right = (title: string) => ({ title, align: 'right' as const })
const words = { true: 'holds', false: 'does not hold', null: 'cells are missing' }

/** A sweep over pre-processing for a terminal: accuracy, bytes and training time by operator and size. */
export function renderPreprocessing(result: Preprocessing): string {
  const { dataset, images, seeds, epochs, headerBytes } = result
  const sizes = images.map((count) => right(`${significant(count / 1000)} k`))
  const table = (what: (spot: NonNullable<ReturnType<typeof preprocessingSpot>>) => string): string[] =>
    alignColumns(
      [{ title: 'operator', align: 'left' }, right('B'), right('less traffic'), right('edge MACs'), ...sizes],
      result.operators.map((operator) => [
        operator,
        String(operators[operator].bytes),
        `${significant(trafficRatio(operator))}×`,
        formatMacs(operators[operator].macs),
        ...images.map((count) => {
          const spot = preprocessingSpot(result, operator, count)
          return spot ? what(spot) : '–'
        }),
      ]),
    )
  return [
    `edge pre-processing on ${dataset.name} · ${dataset.test} test images · seeds ${seeds.join(', ')} · ${epochs} epochs · one byte per value, ${headerBytes} B of header not counted`,
    '',
    'Accuracy, %, by training images',
    ...table(({ accuracy }) => (100 * accuracy).toFixed(1)),
    '',
    'Seconds for training (and for learning and applying the operator), measured here',
    ...table(({ trainS, preparingS }) => `${trainS.toFixed(1)} (${preparingS.toFixed(1)})`),
    '',
    ...preprocessingFindings(result).map(({ claim, holds, observed }) => `${claim}: ${words[`${holds}`]}; ${observed}`),
  ].join('\n')
}
