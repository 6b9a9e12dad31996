import type { ModelProfile } from '#common/contract/modelProfile.ts'
import { payloadForms } from '#common/contract/modelProfile.ts'
import { comparedLinks } from '#common/latency/links.ts'
import type { Cell } from '../csv.ts'
import { encodeCsv, timeCells, timeColumns } from '../csv.ts'

export const profileCsvColumns: readonly string[] = [
  'run_id',
  'model',
  'partition_point',
  'tensor',
  'shape',
  'elements',
  'head_macs',
  'head_parameters',
  'tail_macs',
  'tail_parameters',
  ...timeColumns('device'),
  ...timeColumns('server'),
  'payload_form',
  'payload_bytes',
  'header_bytes',
  'link',
  'link_rate_mbit_per_s',
  'link_rtt_ms',
  'transmission_ms',
  'end_to_end_composed_ms',
  'end_to_end_ci95_low_ms',
  'end_to_end_ci95_high_ms',
  'best',
]

/** A profile as a tidy table: one row per cut, link and form of the payload, full precision, units in the headings. */
export function renderProfileCsv({ run, model, cuts, best, link: chosen }: ModelProfile): string {
  const rows = cuts.flatMap((cut) =>
    comparedLinks(chosen).flatMap((link) =>
      payloadForms.map((form): Cell[] => {
        const over = cut.byLink[link.name]![form]
        const winner = best.find((one) => one.link.name === link.name)?.[form].point
        return [
          ...[run.id, model.file, cut.point, cut.tensor, cut.shape.join('x'), cut.elements],
          ...[cut.headMacs, cut.headParameters, cut.tailMacs, cut.tailParameters],
          ...timeCells(cut.deviceMs),
          ...timeCells(cut.serverMs),
          form === 'float32' ? cut.type : 'uint8, accuracy not assessed',
          form === 'float32' ? cut.payloadBytes : cut.uint8Bytes,
          cut.headerBytes,
          ...[link.name, link.rateMbps, link.rttMs],
          over.transmissionMs,
          over.endToEnd.composedMs,
          ...over.endToEnd.ci95,
          winner === cut.point ? 'yes' : 'no',
        ]
      }),
    ),
  )
  return encodeCsv([profileCsvColumns, ...rows])
}
