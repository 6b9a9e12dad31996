import type { Candidate, Comparison, Time, Verdict } from '#common/contract/result.ts'
import { radioMj } from '#common/latency/energy.ts'
import { comparedLinks } from '#common/latency/links.ts'

export type Cell = string | number | null

/** RFC 4180: CRLF, quotes where a cell holds a comma, a quote or a line break, doubled quotes inside. */
export const encodeCsv = (rows: readonly (readonly Cell[])[]): string =>
  rows
    .map((row) =>
      row
        .map((cell) => {
          const text = cell === null ? '' : String(cell)
          return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
        })
        .join(','),
    )
    .map((line) => `${line}\r\n`)
    .join('')

export const timeColumns = (name: string): string[] => [
  `${name}_median_ms`,
  `${name}_p95_ms`,
  `${name}_ci95_low_ms`,
  `${name}_ci95_high_ms`,
  `${name}_runs`,
  `${name}_source`,
]
export const timeCells = (value: Time | null): Cell[] =>
  value ? [value.median, value.p95, ...value.ci95, value.n, value.source] : [null, null, null, null, null, null]

/** Against the fastest candidate within the bound, on the chosen link; "none": no significant difference. */
const verdictCells = (verdict: Verdict | null): Cell[] =>
  verdict ? [verdict.ratio, ...verdict.ci95, verdict.faster ?? 'none'] : [null, null, null, null]

export const csvColumns: readonly string[] = [
  'run_id',
  'seed',
  'profile',
  'dataset',
  'network',
  'width',
  'candidate_id',
  'framework',
  'step',
  'partition_point',
  'codec',
  'accuracy_fraction',
  'accuracy_no_wire_fraction',
  'accuracy_loss_fraction',
  'validation_accuracy_fraction',
  'head_macs',
  'head_lookups',
  'head_int8',
  'head_parameters',
  'tail_macs',
  'tail_parameters',
  'elements',
  'payload_bytes',
  'payload_p95_bytes',
  'header_bytes',
  ...timeColumns('device'),
  ...timeColumns('server'),
  'link',
  'link_rate_mbit_per_s',
  'link_rtt_ms',
  'transmission_ms',
  'end_to_end_composed_ms',
  'end_to_end_ci95_low_ms',
  'end_to_end_ci95_high_ms',
  'end_to_end_measured_ms',
  'device_energy_mj',
  'device_energy_above_idle_mj',
  'radio_energy_mj',
  'energy_source',
  'against_best_ratio',
  'against_best_ci95_low',
  'against_best_ci95_high',
  'against_best_faster',
  'training_image_epochs',
  'weights_sha256',
  'empty_because',
]

/**
 * A comparison as a tidy table: one row per candidate and link, full precision, units in the headings. Points that a
 * framework could not fill are rows with a reason and no numbers.
 */
export function renderCsv(comparison: Comparison): string {
  const { run, dataset, network } = comparison
  const links = comparedLinks(comparison.link)
  const common: Cell[] = [run.id, run.seed, run.profile, dataset.name, network.name, network.width]
  const row = (candidate: Candidate, link: (typeof links)[number]): Cell[] => {
    const over = candidate.byLink[link.name]
    const whole = over?.endToEnd
    return [
      ...common,
      candidate.id,
      candidate.framework,
      candidate.step,
      candidate.partitionPoint,
      candidate.codec,
      candidate.accuracy,
      candidate.accuracyNoWire,
      candidate.accuracyLoss,
      candidate.validationAccuracy,
      candidate.headMacs,
      candidate.lookup?.lookups ?? null,
      candidate.int8 ? 1 : 0,
      candidate.headParameters,
      candidate.tailMacs,
      candidate.tailParameters,
      candidate.elements,
      candidate.payloadBytes,
      candidate.payloadBytesP95,
      candidate.headerBytes,
      ...timeCells(candidate.deviceMs),
      ...timeCells(candidate.serverMs),
      link.name,
      link.rateMbps,
      link.rttMs,
      over?.transmissionMs ?? null,
      whole?.composedMs ?? null,
      whole?.ci95[0] ?? null,
      whole?.ci95[1] ?? null,
      whole?.measuredMs ?? null,
      candidate.energy?.perRunMj ?? null,
      candidate.energy?.aboveIdleMj ?? null,
      candidate.energy ? radioMj(candidate.payloadBytes + candidate.headerBytes, link) : null,
      candidate.energy?.source ?? null,
      ...verdictCells(link.name === comparison.link.name ? (candidate.verdicts?.best ?? null) : null),
      candidate.trainingBudget ?? null,
      candidate.hashes.weights,
      whole ? null : 'not timed',
    ]
  }
  const empty = comparison.missing.map(({ framework, step, partitionPoint, reason }): Cell[] => {
    const cells = new Map<string, Cell>([
      ...common.map((cell, index) => [csvColumns[index]!, cell] as const),
      ['framework', framework],
      ['step', step],
      ['partition_point', partitionPoint],
      ['empty_because', reason],
    ])
    return csvColumns.map((name) => cells.get(name) ?? null)
  })
  return encodeCsv([
    csvColumns,
    ...comparison.candidates.flatMap((candidate) => links.map((link) => row(candidate, link))),
    ...empty,
  ])
}
