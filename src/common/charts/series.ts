import type { Candidate, Comparison } from '../contract/result.ts'
import { frameworkNames } from '../experiment/names.ts'

/** Candidates that belong to one line of a chart: a framework, its step, and the form of its features where it has two. */
export interface CandidateSeries {
  key: string
  label: string
  /** Fixed for the series of known frameworks, so that a colour means the same in every report. */
  slot: number
  /** In network order, one per partition point. */
  candidates: Candidate[]
}

const knownSlots: Record<string, number> = {
  'only-splitting/uint8': 0,
  'only-splitting/float32': 1,
  'two-step/step1': 2,
  'two-step/step2': 3,
}
const firstFreeSlot = 4

/** "step1" → "step 1". */
export const stepTitle = (step: string): string => step.replace(/^step(\d)/, 'step $1')

const isEnd = ({ partitionPoint }: Pick<Candidate, 'partitionPoint'>): boolean =>
  partitionPoint === 'input' || partitionPoint === 'output'

/**
 * A candidate's series in words. The image at `input` has one form only, which goes without saying; at `output` it is the
 * candidate's own form, which need not be that of the series.
 */
export function candidateLabel({ framework, step, codec, partitionPoint }: Candidate, series: CandidateSeries): string {
  if (!isEnd({ partitionPoint })) return series.label
  const form = partitionPoint === 'output' && step === null ? [codec] : []
  return [framework, ...(step === null ? [] : [stepTitle(step)]), ...form].join(' · ')
}

/**
 * The series of a comparison in order of appearance. Where a framework sends its features in several forms (codecs),
 * each form is a series; what an end (`input`, `output`) has in other forms only belongs to all of them.
 */
export function comparisonSeries(comparison: Comparison): CandidateSeries[] {
  const order = pointOrder(comparison)
  const groups = new Map<string, Candidate[]>()
  for (const candidate of comparison.candidates) {
    const key = [candidate.framework, candidate.step ?? ''].join('/')
    groups.set(key, [...(groups.get(key) ?? []), candidate])
  }
  const series: CandidateSeries[] = []
  for (const group of groups.values()) {
    const { framework, step } = group[0]!
    const codecs = [...new Set(group.filter((one) => !isEnd(one)).map(({ codec }) => codec))]
    const has = (point: string, codec: string): boolean =>
      group.some((one) => one.partitionPoint === point && one.codec === codec)
    for (const codec of codecs.length > 1 ? codecs : [undefined]) {
      const parts = [framework, step, codec ?? (step === null ? codecs[0] : null)].filter((part) => part != null)
      const key = parts.join('/')
      series.push({
        key,
        label: parts.map(stepTitle).join(' · '),
        slot: knownSlots[key] ?? firstFreeSlot + series.filter((one) => one.slot >= firstFreeSlot).length,
        candidates: group
          .filter(
            (one) => codec === undefined || one.codec === codec || (isEnd(one) && !has(one.partitionPoint, codec)),
          )
          .sort((a, b) => order.indexOf(a.partitionPoint) - order.indexOf(b.partitionPoint)),
      })
    }
  }
  return series
}

/** More lines, bars or marks than these nobody tells apart by colour, marker and legend. */
export const mostSeries = 14

/**
 * The series that a chart of a whole comparison draws: where every step and form of every framework would be more than can
 * be told apart, all candidates of a framework are one. Colours are the framework's in every chart of that kind.
 */
export function chartSeries(comparison: Comparison): CandidateSeries[] {
  const series = comparisonSeries(comparison)
  if (series.length <= mostSeries) return series
  const order = pointOrder(comparison)
  const place = ({ partitionPoint }: Candidate): number => order.indexOf(partitionPoint)
  const frameworks = [...new Set(comparison.candidates.map(({ framework }) => framework))]
  const known: readonly string[] = frameworkNames
  const slots = [...known, ...frameworks.filter((one) => !known.includes(one))]
  return frameworks.map((framework) => ({
    ...{ key: framework, label: framework, slot: slots.indexOf(framework) },
    candidates: comparison.candidates.filter((one) => one.framework === framework).sort((a, b) => place(a) - place(b)),
  }))
}

/** For lines over the cuts: where the series are too many, those of a single cut are left to the tables. */
export function lineSeries(comparison: Comparison): CandidateSeries[] {
  const series = comparisonSeries(comparison)
  return series.length <= mostSeries ? series : series.filter(({ candidates }) => candidates.length > 1)
}

/** What a candidate is beside its series and cut: nothing where the series says it; else its step, or its form without one. */
export const withinSeries = (
  { framework, step, codec }: Candidate,
  { key }: Pick<CandidateSeries, 'key'>,
): string | null => (key === framework ? (step === null ? codec : stepTitle(step)) : null)

/** All points of the network in order: the layer table's units, the last one being the point `output`. */
export function pointOrder({ layers, candidates }: Comparison): string[] {
  const rows = layers.find(({ name }) => name === 'original')?.rows ?? []
  const table = rows.map(({ point }, index) => (index === rows.length - 1 ? 'output' : point))
  return [...new Set([...table, ...candidates.map(({ partitionPoint }) => partitionPoint)])]
}

/** How an end-to-end latency came about, for an axis: composed, and of what kind the device's times are. */
export function latencyKind({ candidates }: Comparison): string {
  const kinds = new Set(candidates.flatMap(({ deviceMs, serverMs }) => [deviceMs?.source, serverMs?.source]))
  const unreal = (['emulated', 'modelled'] as const).filter((kind) => kinds.has(kind))
  return ['composed', ...unreal].join(', ')
}
