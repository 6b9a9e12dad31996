import { comparisonSeries, stepTitle } from '#common/charts/series.ts'
import type { Candidate, Comparison, EndToEnd, Time } from '#common/contract/result.ts'
import { intervalsOverlap } from '#common/measurement/verdict.ts'
import {
  computeUnit,
  formatBytes,
  formatCompute,
  formatMs,
  formatMsInterval,
  formatPercent,
  formatPoints,
  significant,
} from '#common/units.ts'
import type { Column } from '../../components/column.ts'

export interface ResultRow {
  candidate: Candidate
  /** "two-step · step 2". */
  series: string
  transmissionMs: number | null
  endToEnd: EndToEnd | null
}

/** Every candidate once, on one link. What belongs to several series (`input` and `output`) is named without a form. */
export function resultRows(comparison: Comparison, link: string): ResultRow[] {
  const series = new Map<string, string>()
  for (const { label, candidates } of comparisonSeries(comparison)) {
    for (const { id, framework, step } of candidates) {
      series.set(
        id,
        series.has(id)
          ? [framework, step]
              .filter((part) => part !== null)
              .map(stepTitle)
              .join(' · ')
          : label,
      )
    }
  }
  return comparison.candidates.map((candidate) => ({
    candidate,
    series: series.get(candidate.id) ?? candidate.framework,
    transmissionMs: candidate.byLink[link]?.transmissionMs ?? null,
    endToEnd: candidate.byLink[link]?.endToEnd ?? null,
  }))
}

/** What deltas refer to until another row is pinned: the image is sent, the unpruned network runs on the server. */
export const defaultBaseline = ({ candidates }: Comparison): string | null =>
  (
    candidates.find(({ framework, partitionPoint }) => framework === 'only-splitting' && partitionPoint === 'input') ??
    candidates[0]
  )?.id ?? null

/** "2.31× faster" than the pinned row, or that the intervals do not tell the two apart. */
export function speedVerdict(one: EndToEnd | null, pinned: EndToEnd | null): string | null {
  if (!one || !pinned || one === pinned) return null
  if (intervalsOverlap(one.ci95, pinned.ci95)) return 'not significant'
  const ratio = pinned.composedMs / one.composedMs
  return ratio >= 1 ? `${significant(ratio)}× faster` : `${significant(1 / ratio)}× slower`
}

const source = (times: readonly (Time | null)[]): string => times.find((time) => time !== null)?.source ?? 'not timed'

/** Columns with their deltas against the pinned row. Measured, modelled and composed times say so in their headings. */
export function resultColumns(comparison: Comparison, pinned: ResultRow | undefined): Column<ResultRow>[] {
  const other = (row: ResultRow): boolean => pinned !== undefined && row.candidate.id !== pinned.candidate.id
  const deviceKind = source(comparison.candidates.map(({ deviceMs }) => deviceMs))
  const serverKind = source(comparison.candidates.map(({ serverMs }) => serverMs))
  const time = (ms: number | null): string => (ms === null ? '–' : formatMs(ms))
  const share = (value: number, of: number): string | null => {
    if (value === of || value === 0 || of === 0) return null
    return value < of ? `${significant(of / value)}× less` : `${significant(value / of)}× more`
  }
  return [
    {
      key: 'series',
      title: 'Framework',
      exported: 'series',
      align: 'left',
      value: ({ series }) => series,
      text: ({ series }) => series,
    },
    {
      key: 'point',
      title: 'Cut at',
      exported: 'partition_point',
      align: 'left',
      value: ({ candidate }) => candidate.partitionPoint,
      text: ({ candidate }) => candidate.partitionPoint,
    },
    {
      key: 'codec',
      title: 'Sent as',
      exported: 'codec',
      align: 'left',
      value: ({ candidate }) => candidate.codec,
      text: ({ candidate }) => candidate.codec,
    },
    {
      key: 'accuracy',
      title: 'Accuracy',
      exported: 'accuracy_fraction',
      align: 'right',
      hint: 'On test images, quantised payload decoded',
      value: ({ candidate }) => candidate.accuracy,
      text: ({ candidate }) => formatPercent(candidate.accuracy),
      note: (row) => (other(row) ? formatPoints(row.candidate.accuracy - pinned!.candidate.accuracy) : null),
    },
    {
      key: 'payload',
      title: 'Payload',
      exported: 'payload_bytes',
      align: 'right',
      hint: 'Bytes per image, header apart',
      value: ({ candidate }) => candidate.payloadBytes,
      text: ({ candidate }) => formatBytes(candidate.payloadBytes),
      note: (row) => (other(row) ? share(row.candidate.payloadBytes, pinned!.candidate.payloadBytes) : null),
    },
    {
      key: 'headMacs',
      title: `Head ${computeUnit()}`,
      exported: 'head_macs',
      align: 'right',
      value: ({ candidate }) => candidate.headMacs,
      text: ({ candidate }) => formatCompute(candidate.headMacs),
    },
    {
      key: 'device',
      title: `Device (${deviceKind})`,
      exported: `device_${deviceKind}_ms`,
      align: 'right',
      hint: 'Head and encoding, median with its 95 % interval',
      value: ({ candidate }) => candidate.deviceMs?.median ?? null,
      text: ({ candidate }) => time(candidate.deviceMs?.median ?? null),
      note: ({ candidate }) => (candidate.deviceMs ? formatMsInterval(candidate.deviceMs.ci95) : null),
    },
    {
      key: 'transmission',
      title: 'Link (computed)',
      exported: 'transmission_computed_ms',
      align: 'right',
      value: ({ transmissionMs }) => transmissionMs,
      text: ({ transmissionMs }) => time(transmissionMs),
    },
    {
      key: 'server',
      title: `Server (${serverKind})`,
      exported: `server_${serverKind}_ms`,
      align: 'right',
      hint: 'Decoding and tail, median with its 95 % interval',
      value: ({ candidate }) => candidate.serverMs?.median ?? null,
      text: ({ candidate }) => time(candidate.serverMs?.median ?? null),
      note: ({ candidate }) => (candidate.serverMs ? formatMsInterval(candidate.serverMs.ci95) : null),
    },
    {
      key: 'endToEnd',
      title: 'End to end (composed)',
      exported: 'end_to_end_composed_ms',
      align: 'right',
      hint: 'Device + link + server, with its 95 % interval',
      value: ({ endToEnd }) => endToEnd?.composedMs ?? null,
      text: ({ endToEnd }) => time(endToEnd?.composedMs ?? null),
      note: ({ endToEnd }) => (endToEnd ? formatMsInterval(endToEnd.ci95) : null),
    },
    {
      key: 'delta',
      title: 'Against ★',
      exported: 'end_to_end_minus_baseline_ms',
      align: 'right',
      hint: 'End to end against the pinned row',
      value: ({ endToEnd }) => (endToEnd && pinned?.endToEnd ? endToEnd.composedMs - pinned.endToEnd.composedMs : null),
      text: (row) => {
        if (!row.endToEnd || !pinned?.endToEnd) return '–'
        if (!other(row)) return 'baseline'
        const delta = row.endToEnd.composedMs - pinned.endToEnd.composedMs
        return `${delta > 0 ? '+' : delta < 0 ? '−' : ''}${formatMs(Math.abs(delta))}`
      },
      note: (row) => (other(row) ? speedVerdict(row.endToEnd, pinned?.endToEnd ?? null) : null),
    },
  ]
}
