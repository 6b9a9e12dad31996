import { operators } from '#common/experiment/preprocessing.ts'
import { preprocessingFindings, preprocessingSpot } from '#common/experiment/preprocessingSummary.ts'
import { formatDuration, significant } from '#common/units.ts'
import { drawFigure, embedded } from './figures.ts'
import type { Notes } from './markdown.ts'
import { code, commandOf, list, percent, table } from './markdown.ts'
import type { Of } from './records.ts'

const words = { true: 'holds', false: '**does not hold**', null: 'not run' } as const

/** Huang et al. 2017 (§15): accuracy over the size of the training data, by what the edge makes of the images. */
export function preprocessingSection(
  { name, path, file, record }: Of<'preprocessing'>,
  notes: Notes,
  files: Map<string, string>,
): string[] {
  const { dataset, seeds, epochs, batchSize, run, images } = record
  const figure = drawFigure(files, 'huang-2017', [file], name)
  const largest = images.at(-1)!
  return [
    `## Edge pre-processing: LeNet-5 on ${dataset.name}`,
    list([
      `Record: \`${path}\`; ${record.cells.length} of ${record.operators.length * images.length * seeds.length} trainings, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}; ${epochs} epochs, batches of ${batchSize}; ${dataset.test.toLocaleString('en-US')} test images`,
      `Trainer: ${run.fingerprint.threads} threads, ${run.fingerprint.cpu ?? 'CPU not told'}; took ${formatDuration(run.durationS)}; ${run.startedAt.slice(0, 10)}`,
    ]),
    code(commandOf(run)),
    ...(figure ? [embedded(figure)] : []),
    `Accuracy in % over training images, mean over the seeds; training and preparing in seconds at ${largest.toLocaleString('en-US')} images.`,
    table(
      [
        'operator',
        'payload, B',
        ...images.map((count) => count.toLocaleString('en-US')),
        'training, s',
        'preparing, s',
      ],
      record.operators.map((operator) => {
        const spots = images.map((count) => preprocessingSpot(record, operator, count))
        const last = spots.at(-1)
        return [
          ...[operator, String(operators[operator].bytes), ...spots.map((spot) => percent(spot?.accuracy ?? null))],
          ...[last ? significant(last.trainS) : '–', last ? significant(last.preparingS) : '–'],
        ]
      }),
    ),
    table(
      ['ordering (§15)', 'verdict', 'observed', 'published'],
      preprocessingFindings(record).map(({ claim, holds, observed }, index) => [
        ...[claim, words[`${holds}`], observed || '–', published[index] ?? '–'],
      ]),
      ['verdict', 'observed', 'published'],
    ),
    ...notes(name),
  ]
}

/** In the order of the findings; the seed document has no other numbers. */
const published = [
  '90 % on MNIST with 60,000 images, "traffic drops clearly" [S]',
  'a figure over the size of the training set, without numbers [S]',
  '"run time drops clearly" [S]',
]
