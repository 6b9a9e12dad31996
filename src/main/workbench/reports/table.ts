import { bestCuts, placed } from '#common/charts/bestCuts.ts'
import { comparisonSeries, pointOrder, stepTitle } from '#common/charts/series.ts'
import type { Energy } from '#common/contract/energy.ts'
import type { Candidate, Comparison, Time } from '#common/contract/result.ts'
import { comparedLinks, describeLink } from '#common/latency/links.ts'
import { describeRule } from '#common/measurement/rule.ts'
import { timingWarnings } from '#common/measurement/warnings.ts'
import { formatMacs, significant } from '#common/units.ts'
import { baselineCandidate } from './baseline.ts'
import type { Column } from './columns.ts'
import { alignColumns, plain, wrap } from './columns.ts'
import { plusMinus, threeDigits } from './digits.ts'
import { int8Lines } from './int8Table.ts'
import { lookupLines } from './lookupTable.ts'
import { describeSubject, summarise } from './summary.ts'

const width = 120
const right = (title: string): Column => ({ title, align: 'right' })
const left = (title: string): Column => ({ title, align: 'left' })

/** The comparison for a terminal: every candidate, the best cuts per link, and one sentence. Lines ≤ 120 columns. */
export function renderTable(comparison: Comparison): string {
  const { link, baseline, run, maxLoss, missing } = comparison
  const lines = [
    `${describeSubject(comparison)} · seed ${run.seed} · profile ${run.profile} · ${describeLink(link)}`,
    `unpruned: ${percent(baseline.accuracy)} % of the test images · bound: ${significant(maxLoss * 100)} points, on validation images`,
    '',
    ...candidateLines(comparison),
    '',
    '* fastest of its kind within the bound · ! outside of the bound · gain: against only-splitting at input',
    `Timing rule: ${describeRule(comparison.timing)}; candidates took turns. "≈" for "×": no significant difference.`,
    `Times in ms, batch ${comparison.timing.batch}${comparison.timing.batch > 1 ? ' (per image)' : ''}: device ${source(comparison, 'deviceMs')}, server ${source(comparison, 'serverMs')}, end to end composed; ± wider side of the median's 95 % interval; ${runs(comparison)}.`,
    ...togetherLines(comparison),
    '',
    'Fastest cut within the bound, end to end in ms (composed)',
    ...bestCutLines(comparison),
    ...lookupLines(comparison),
    ...int8Lines(comparison),
    ...(missing.length > 0 ? ['', 'Empty cells', ...missing.map(missingLine)] : []),
    '',
    ...timingWarnings(comparison).map((warning) => `note: ${warning}`),
    '',
    summarise(comparison),
  ]
  return lines.flatMap((line) => wrap(plain(line), width)).join('\n')
}

function candidateLines(comparison: Comparison): string[] {
  const columns = [
    left(''),
    left('cut'),
    left('codec'),
    right('acc. %'),
    right('loss pt'),
    ...(isWide(comparison) ? [] : [right('head MACs')]),
    right('payload B'),
    right('device'),
    right('link'),
    right('server'),
    right('end to end'),
    ...(hasWhole(comparison) ? [right('whole')] : []),
    ...(hasEnergy(comparison) ? [right('mJ')] : []),
    right('gain'),
  ]
  const groups = byFramework(comparison)
  const [heading, ...body] = alignColumns(
    columns,
    groups.flatMap(({ candidates }) => candidateRows(comparison, candidates)),
  )
  const lines = [heading!]
  for (const { title, candidates } of groups) lines.push(title, ...body.splice(0, candidates.length))
  return lines
}

function candidateRows(comparison: Comparison, candidates: readonly Candidate[]): string[][] {
  const best = new Set(bestCuts(comparison, comparison.link.name).map(({ candidate }) => candidate?.id))
  const reference = baselineCandidate(comparison)?.endToEnd
  return placed(comparison, candidates, comparison.link.name).map(({ candidate, loss }) => [
    best.has(candidate.id) ? '*' : loss > comparison.maxLoss ? '!' : '',
    candidate.partitionPoint,
    candidate.codec,
    percent(candidate.accuracy),
    percent(candidate.accuracyLoss),
    ...(isWide(comparison) ? [] : [formatMacs(candidate.headMacs)]),
    significant(candidate.payloadBytes, 4),
    timeText(candidate.deviceMs),
    threeDigits(candidate.transmissionMs),
    timeText(candidate.serverMs),
    candidate.endToEnd ? interval(candidate.endToEnd.composedMs, candidate.endToEnd.ci95) : '–',
    ...(hasWhole(comparison) ? [threeDigitsOr(candidate.endToEnd?.measuredMs)] : []),
    ...(hasEnergy(comparison) ? [threeDigitsOr(candidate.energy?.perRunMj)] : []),
    reference && candidate.endToEnd
      ? `${threeDigits(reference.composedMs / candidate.endToEnd.composedMs)}${isSignificant(candidate) ? '×' : '≈'}`
      : '–',
  ])
}

/** Whether it differs from the baseline for certain; where nobody has tested that, nobody doubts it. */
const isSignificant = ({ verdicts }: Candidate): boolean => verdicts?.baseline?.faster !== null

/** One group per framework and step, each candidate once, in network order. */
function byFramework(comparison: Comparison): { title: string; candidates: Candidate[] }[] {
  const order = pointOrder(comparison)
  const groups = new Map<string, Candidate[]>()
  for (const candidate of comparison.candidates) {
    const budget = candidate.trainingBudget ? ` (${formatMacs(candidate.trainingBudget)} image-epochs)` : ''
    const title = [candidate.framework + budget, ...(candidate.step ? [stepTitle(candidate.step)] : [])].join(' · ')
    groups.set(title, [...(groups.get(title) ?? []), candidate])
  }
  return [...groups].map(([title, candidates]) => ({
    title,
    candidates: candidates.sort((a, b) => order.indexOf(a.partitionPoint) - order.indexOf(b.partitionPoint)),
  }))
}

function bestCutLines(comparison: Comparison): string[] {
  const links = comparedLinks(comparison.link)
  const byLink = links.map(({ name }) => bestCuts(comparison, name))
  return alignColumns(
    [left(''), ...links.map(({ name }) => right(name))],
    comparisonSeries(comparison).map(({ label }, index) => [
      label,
      ...byLink.map((cuts) => {
        const { candidate, endToEnd } = cuts[index]!
        return candidate && endToEnd ? `${threeDigits(endToEnd.composedMs)} @ ${candidate.partitionPoint}` : '–'
      }),
    ]),
  )
}

const missingLine = ({ framework, step, partitionPoint, reason }: Comparison['missing'][number]): string =>
  `${framework}${step ? ` ${stepTitle(step)}` : ''} @ ${partitionPoint}: ${reason}`

/** Two more columns need the room of the MACs, which the report has. */
const isWide = (comparison: Comparison): boolean => hasWhole(comparison) || hasEnergy(comparison)
const hasWhole = ({ candidates }: Comparison): boolean =>
  candidates.some(({ endToEnd }) => endToEnd?.measuredMs != null)
const hasEnergy = ({ candidates }: Comparison): boolean => candidates.some(({ energy }) => energy !== null)

/** What the two columns mean that only some comparisons have. */
function togetherLines({ together, candidates }: Comparison): string[] {
  const energies = candidates.flatMap(({ energy }) => energy ?? [])
  const [energy] = energies
  return [
    ...(together
      ? [
          `whole: image ready to logits back on the device, measured over ${together.note}; composed differs by ${significant(together.medianError * 100)} % (median, way back included).`,
        ]
      : []),
    ...(energy ? [`mJ: energy of head and encoding on the device, ${describeEnergy(energy)}.`] : []),
  ]
}

const describeEnergy = ({ source, meter, activeW, idleW, readingsPerS }: Energy): string =>
  source === 'measured'
    ? `measured by ${meter}, ${significant(readingsPerS ?? 0)} readings per second, everything that the board draws (${significant(idleW)} W at rest)`
    : `modelled: ${significant(activeW)} W while it computes (${significant(idleW)} W at rest) times the device's time`

const threeDigitsOr = (value: number | null | undefined): string => (value == null ? '–' : threeDigits(value))

const percent = (fraction: number): string => (fraction * 100).toFixed(1)

const interval = (value: number, ci95: readonly [number, number]): string =>
  `${threeDigits(value)} ${plusMinus(value, ci95)}`

const timeText = (time: Time | null): string => (time ? interval(time.median, time.ci95) : '–')

/** The kind of time in a column; comparisons never mix two. */
function source({ candidates }: Comparison, side: 'deviceMs' | 'serverMs'): string {
  const kinds = [...new Set(candidates.flatMap((candidate) => candidate[side]?.source ?? []))]
  return kinds.join(' and ') || 'not timed'
}

function runs({ candidates }: Comparison): string {
  const counts = candidates.flatMap(({ deviceMs, serverMs }) => [deviceMs, serverMs].flatMap((time) => time?.n ?? []))
  return counts.length > 0 ? `n = ${Math.min(...counts)}–${Math.max(...counts)} runs` : 'no runs'
}
