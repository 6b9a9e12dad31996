import { headline } from '#common/charts/bestCuts.ts'
import { candidateLabel } from '#common/charts/series.ts'
import type { DeviceTiming } from '#common/contract/deviceTiming.ts'
import type { ManyReport } from '#common/contract/reports.ts'
import type { Comparison } from '#common/contract/result.ts'

/** What a report on several runs is made of. */
export interface Material {
  report: ManyReport
  comparisons: readonly Comparison[]
  timings: readonly DeviceTiming[]
}

/** The best cut of one comparison beside that of the first one. Times in ms, accuracies as fractions. */
export interface BestRow {
  run: string
  network: string
  dataset: string
  device: string
  link: string
  framework: string
  point: string
  accuracy: number
  payloadBytes: number
  headMacs: number
  composedMs: number
  ci95: readonly [number, number]
  /** First run / this one; null for the first, or where one of the two has no best cut. */
  gain: number | null
  /** Points of accuracy against the first, as a fraction. */
  accuracyDelta: number | null
  /** "measured", "modelled", "emulated": of the device's times. */
  source: string
}

/** One row per comparison that has a cut within its accuracy bound. */
export function bestRows(comparisons: readonly Comparison[]): BestRow[] {
  const rows = comparisons.flatMap((comparison): BestRow[] => {
    const { best } = headline(comparison, comparison.link.name)
    if (!best?.candidate || !best.endToEnd) return []
    const { candidate, endToEnd, series } = best
    return [
      {
        run: comparison.run.id,
        network: `${comparison.network.name} × ${comparison.network.width}`,
        dataset: comparison.dataset.name,
        device: comparison.gamma === null ? comparison.device.name : `γ = ${comparison.gamma}`,
        link: comparison.link.name,
        framework: candidateLabel(candidate, series),
        point: candidate.partitionPoint,
        accuracy: candidate.accuracy,
        payloadBytes: candidate.payloadBytes,
        headMacs: candidate.headMacs,
        composedMs: endToEnd.composedMs,
        ci95: endToEnd.ci95,
        gain: null,
        accuracyDelta: null,
        source: candidate.deviceMs?.source ?? 'not timed',
      },
    ]
  })
  const first = rows.find(({ run }) => run === comparisons[0]?.run.id)
  return rows.map((row) =>
    !first || row === first
      ? row
      : { ...row, gain: first.composedMs / row.composedMs, accuracyDelta: row.accuracy - first.accuracy },
  )
}

export interface HeadRow {
  framework: string
  point: string
  headMacs: number
  /** Per timing, in the order of the report; null: this head was not timed there. */
  times: readonly ({ median: number; ci95: readonly [number, number]; n: number; source: string } | null)[]
}

/** Heads by their timings: the same head (framework, step, point, form) on several devices is one row. */
export function headRows(timings: readonly DeviceTiming[]): HeadRow[] {
  const keyOf = ({ framework, step, partitionPoint, codec, headMacs }: DeviceTiming['heads'][number]): string =>
    [framework, step ?? '', partitionPoint, codec, headMacs].join('/')
  const order = [...new Set(timings.flatMap(({ heads }) => heads.map(keyOf)))]
  return order.map((key) => {
    const found = timings.map(({ heads }) => heads.find((head) => keyOf(head) === key))
    const one = found.find((head) => head !== undefined)!
    return {
      framework: [one.framework, one.step, one.codec].filter(Boolean).join(' · '),
      point: one.partitionPoint,
      headMacs: one.headMacs,
      times: found.map((head) => (head ? { ...head.deviceMs } : null)),
    }
  })
}
