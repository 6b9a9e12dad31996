import { networkOf } from '#common/charts/papers/records.ts'
import type { Comparison } from '#common/contract/result.ts'
import { gammaPossible } from '#common/latency/assumptions.ts'
import { describeTried } from '#common/selection/tried.ts'
import { formatDuration, formatMacs, significant } from '#common/units.ts'
import { comparisonFigures } from '../../../src/main/workbench/figures/papers.ts'
import { checklistTable } from './checklist.ts'
import { fairTables } from './fair.ts'
import { drawFigure, embedded } from './figures.ts'
import type { Notes } from './markdown.ts'
import { code, commandOf, folded, list, percent } from './markdown.ts'
import type { Of } from './records.ts'
import { transmissionTable } from './transmission.ts'

/** γ of the modelled Raspberry Pi, as the fair table has it. */
const piGamma = 10
const modelled = ['safbmp-2023-fig9', 'safbmp-2023-fig10', 'safbmp-2023-fig11', 'safbmp-2023-table2']
/** Its features are in a run's folder, not in a record. */
const offRecord = ['safbmp-2023-fig3']
/** Its heads were timed in turns within a run: every seed has a figure of its own. */
const ofOneSeed = 'qcnn-2016'
/** A figure that compares frameworks says nothing without one of these. */
const compared = ['two-step', 'bottlenet-pp', 'ccto', 'safbmp']

const count = (value: number): string => value.toLocaleString('en-US')

/** Comparisons of one network that differ by their seed alone. */
export function comparisonSection(
  group: readonly Of<'comparison'>[],
  notes: Notes,
  files: Map<string, string>,
): string[] {
  const comparisons = group.map(({ record }) => record)
  const [first] = comparisons as [Comparison]
  const frameworks = [...new Set(comparisons.flatMap(({ candidates }) => candidates.map(({ framework }) => framework)))]
  const seeds = comparisons.map(({ run }) => run.seed)
  const name = group[0]!.name.replace(/-seed\d+$/, '')
  return [
    `## ${networkOf(first)}, profile ${first.run.profile}: ${frameworks.join(', ')}`,
    list([
      `Records: ${group.map((one) => `\`${one.path}\``).join(', ')}; ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`,
      `Images: ${count(first.dataset.train)} for training, ${count(first.dataset.validation)} for validation (every decision), ${count(first.dataset.test)} for the test${first.dataset.notes.length > 0 ? `. ${first.dataset.notes.join(' ')}` : ''}`,
      `Network: ${formatMacs(first.network.macs)} MACs, ${formatMacs(first.network.parameters)} parameters${first.network.pretrained ? `, pretrained weights \`${first.network.pretrained}\`` : `, trained in the run (${first.baseline.curve.length} epochs)`}; unpruned ${comparisons.map(({ baseline }) => `${percent(baseline.accuracy)} %`).join(', ')} of the test images, bound ${significant(100 * first.maxLoss)} points on validation images`,
      `Device: ${machine(first.device)}${first.gamma === null ? '' : `, modelled with γ ${first.gamma}`}; server: ${machine(first.server)}`,
      `Timing: ${first.timing.rule ?? `${first.timing.seconds} s and at least ${first.timing.minIterations} runs per time`}, ${first.timing.threads} ${first.timing.threads === 1 ? 'thread' : 'threads'}; trainer: ${first.run.fingerprint.threads} threads, ${first.run.fingerprint.cpu ?? 'CPU not told'}`,
      `Took ${comparisons.map(({ run }) => formatDuration(run.durationS)).join(', ')}; ${comparisons.map(({ run }) => run.startedAt.slice(0, 10)).join(', ')}`,
    ]),
    code([...new Set(comparisons.map(({ run }) => commandOf(run)))].join('\n')),
    ...otherWork(comparisons),
    ...[name, ...group.map((one) => one.name)].filter((one, index, all) => all.indexOf(one) === index).flatMap(notes),
    `### Every framework's best under one bound`,
    `Fastest candidate of each framework that loses at most ${significant(100 * first.maxLoss)} points on validation images, end to end (composed), with what it reaches on test images. Tried: ${comparisons
      .map(describeTried)
      .filter((one, index, all) => all.indexOf(one) === index)
      .join(' | ')}. Training: image-epochs of all candidates of a framework together.`,
    ...fairTables(comparisons),
    ...emptyCells(comparisons),
    ...transmissionTable(first),
    '### Orderings of the papers',
    ...checklistTable(comparisons),
    ...notes(`${name}-orderings`),
    ...figuresOf(group, name, files),
  ]
}

const machine = ({ name, cpu, cores, os, runtime, emulated }: Comparison['device']): string =>
  `${name} (${[cpu, `${cores} cores`, os, runtime, ...(emulated ? ['emulated: not the time of a real board'] : [])].join(', ')})`

/** Times that were taken beside other work say so. */
function otherWork(comparisons: readonly Comparison[]): string[] {
  const busy = comparisons.flatMap(({ device: { conditions } }) => {
    const readings = conditions ? [...conditions.during.map((one) => one.conditions), conditions.after] : []
    return readings.flatMap(({ otherCores }) => otherCores ?? [])
  })
  const most = Math.max(0, ...busy)
  return most >= 0.5
    ? [
        `Other work kept up to ${significant(most, 2)} cores busy while heads were timed: the times are upper bounds, and close ones do not compare.`,
      ]
    : []
}

function emptyCells(comparisons: readonly Comparison[]): string[] {
  const missing = comparisons.flatMap(({ missing, run }) =>
    missing.map(
      ({ framework, step, partitionPoint, reason }) =>
        `seed ${run.seed}, ${[framework, step, partitionPoint].filter(Boolean).join(' ')}: ${reason}`,
    ),
  )
  return missing.length > 0 ? [folded(`${missing.length} empty cells, with reasons`, [list(missing)])] : []
}

function figuresOf(group: readonly Of<'comparison'>[], name: string, files: Map<string, string>): string[] {
  const records = group.map(({ file }) => file)
  const [first] = group.map(({ record }) => record) as [Comparison]
  const several = first.candidates.some(({ framework }) => compared.includes(framework))
  const modelledToo = first.gamma === null && gammaPossible(first)
  const drawn = Object.keys(comparisonFigures)
    .filter(
      (figure) => figure !== ofOneSeed && !offRecord.includes(figure) && (several || !figure.startsWith('safbmp')),
    )
    .flatMap((figure) => [
      drawFigure(files, figure, records, name) ?? [],
      ...(modelledToo && modelled.includes(figure) ? [drawFigure(files, figure, records, name, piGamma) ?? []] : []),
    ])
    .flat()
  const lookups = group.flatMap((one) => drawFigure(files, ofOneSeed, [one.file], one.name) ?? [])
  const all = [...drawn, ...lookups]
  return all.length > 0
    ? ['### Figures', folded(`${all.length} figures of the papers, drawn from these records`, all.map(embedded))]
    : []
}
