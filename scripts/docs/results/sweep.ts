import { sweepSize } from '#common/contract/sweep.ts'
import type { SweepStage } from '#common/experiment/sweepSummary.ts'
import { againstRandom, stageTitles, sweepFindings, sweepSpot } from '#common/experiment/sweepSummary.ts'
import { formatDuration } from '#common/units.ts'
import { drawFigure, embedded } from './figures.ts'
import type { Notes } from './markdown.ts'
import { code, commandOf, list, percent, table } from './markdown.ts'
import type { Of } from './records.ts'

const stages = ['before', 'after'] as const
const points = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(100 * value).toFixed(1)}`
const words = { true: 'holds', false: 'does not hold', null: 'cells are missing' } as const

/** SAFBMP's Figure 2 and §13: criteria over depth. */
export function sweepSection(
  { name, path, file, record }: Of<'sweep'>,
  notes: Notes,
  files: Map<string, string>,
): string[] {
  const { network, dataset, baseline, ratios, seeds, steps, batchSize, rate, run } = record
  const figure = drawFigure(files, 'safbmp-2023-fig2', [file], name)
  const findings = stages.map((stage) => sweepFindings(record, stage))
  return [
    `## Pruning criteria over depth: ${network.name} × ${network.width} on ${dataset.name}`,
    list([
      `Record: \`${path}\`; ${record.cells.length} of ${sweepSize(record)} cells: ${record.criteria.length} criteria × ${record.depths.length} depths × ${ratios.map((ratio) => `${Math.round(100 * ratio)} %`).join(', ')} of one layer's channels × seeds ${seeds.join(', ')}`,
      `Fine-tuning: ${steps} steps of ${batchSize} images at rate ${rate} falling to 0; ${dataset.test.toLocaleString('en-US')} test images, of which the unpruned network${network.pretrained ? ` (\`${network.pretrained}\`)` : ''} has ${percent(baseline.accuracy)} %`,
      `Trainer: ${run.fingerprint.threads} threads, ${run.fingerprint.cpu ?? 'CPU not told'}; took ${formatDuration(run.durationS)}; ${run.startedAt.slice(0, 10)}`,
    ]),
    code(commandOf(run)),
    ...(figure ? [embedded(figure)] : []),
    'Accuracy in %, means over ratios and seeds; in brackets the difference from random in points, and how many of the pairs (ratio × seed) were won.',
    ...stages.flatMap((stage) => [
      `**${stageTitles[stage]}**`,
      table(
        ['criterion', ...record.depths.map((depth) => depth.name)],
        record.criteria.map((criterion) => [
          criterion,
          ...record.depths.map(({ name: depth }) => cell(record, stage, criterion, depth)),
        ]),
      ),
    ]),
    '**Orderings of the papers (§§11.9, 13)**',
    table(
      ['ordering', ...stages.map((stage) => stageTitles[stage])],
      findings[0]!.map(({ claim }, index) => [
        claim,
        ...findings.map((found) => `${words[`${found[index]!.holds}`]} ${found[index]!.observed}`),
      ]),
      stages.map((stage) => stageTitles[stage]),
    ),
    ...notes(name),
  ]
}

function cell(
  record: Of<'sweep'>['record'],
  stage: SweepStage,
  criterion: (typeof record.criteria)[number],
  depth: string,
): string {
  const means = record.ratios.flatMap((ratio) => sweepSpot(record, stage, { criterion, depth, ratio }).mean ?? [])
  if (means.length === 0) return '–'
  const accuracy = percent(means.reduce((sum, mean) => sum + mean, 0) / means.length)
  const versus = criterion === 'random' ? null : againstRandom(record, stage, { criterion, depth })
  return versus ? `${accuracy} (${points(versus.difference)}; ${versus.wins}/${versus.pairs})` : accuracy
}
