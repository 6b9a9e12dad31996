import type { Link } from '#common/contract/config.ts'
import type { ModelProfile, PayloadForm, ProfiledCut, ProfiledLayer } from '#common/contract/modelProfile.ts'
import { payloadForms } from '#common/contract/modelProfile.ts'
import { cutOverLink } from '#common/latency/cutRates.ts'
import { formatBytes, formatMacs, formatMs, significant } from '#common/units.ts'
import type { Column } from '../../components/column.ts'
import type { ExportTable } from '../../export/table.ts'

type Rate = Pick<Link, 'rateMbps' | 'rttMs'>

const shapeText = (shape: readonly number[]): string => shape.join('×') || '1'

const number = <Row>(
  key: string,
  title: string,
  exported: string,
  value: (row: Row) => number,
  text: (value: number) => string,
  hint?: string,
): Column<Row> => ({
  ...{ key, title, exported, align: 'right', value, text: (row) => text(value(row)) },
  ...(hint === undefined ? {} : { hint }),
})

const half = ({ median, ci95: [low, high] }: ProfiledCut['deviceMs']): string =>
  `± ${significant(Math.max(median - low, high - median), 2)} ms`

/** Cuts under a link. */
export function cutColumns(link: Rate): Column<ProfiledCut>[] {
  const composed = (form: PayloadForm) => (cut: ProfiledCut) => cutOverLink(cut, link, form).endToEnd.composedMs
  return [
    {
      ...{ key: 'point', title: 'Cut after', exported: 'partition_point', align: 'left' as const },
      value: (cut) => cut.point,
      text: (cut) => cut.point,
    },
    {
      ...{ key: 'shape', title: 'Output', exported: 'shape', align: 'left' as const, hint: 'C×H×W' },
      value: (cut) => cut.shape.join('x'),
      text: (cut) => shapeText(cut.shape),
    },
    number('payload', 'Payload', 'payload_bytes', (cut) => cut.payloadBytes, formatBytes, 'As the tensor is'),
    number('uint8', 'One byte each', 'uint8_payload_bytes', (cut) => cut.uint8Bytes, formatBytes),
    number('macs', 'Device MACs', 'head_macs', (cut) => cut.headMacs, formatMacs),
    number('parameters', 'Parameters', 'head_parameters', (cut) => cut.headParameters, formatMacs, 'Of the head'),
    {
      ...number<ProfiledCut>('device', 'Device', 'device_ms', (cut) => cut.deviceMs.median, formatMs),
      note: ({ deviceMs }) => half(deviceMs),
    },
    {
      ...number<ProfiledCut>('server', 'Server', 'server_ms', (cut) => cut.serverMs.median, formatMs),
      note: ({ serverMs }) => half(serverMs),
    },
    number(
      'total',
      'End to end',
      'end_to_end_composed_ms',
      composed('float32'),
      formatMs,
      'Composed, as the tensor is',
    ),
    number('totalUint8', 'One byte each', 'end_to_end_uint8_composed_ms', composed('uint8'), formatMs),
  ]
}

export const layerColumns = (): Column<ProfiledLayer>[] => [
  {
    ...{ key: 'name', title: 'Layer', exported: 'layer', align: 'left' as const },
    value: (layer) => layer.name,
    text: (layer) => layer.name,
  },
  {
    ...{ key: 'op', title: 'Operator', exported: 'operator', align: 'left' as const },
    value: (layer) => layer.op,
    text: (layer) => layer.op,
  },
  {
    ...{ key: 'shape', title: 'Output', exported: 'shape', align: 'left' as const, hint: 'C×H×W' },
    value: (layer) => layer.shape.join('x'),
    text: (layer) => shapeText(layer.shape),
  },
  number('macs', 'MACs', 'macs', (layer) => layer.macs, formatMacs),
  number('cumulative', 'Cum. MACs', 'cumulative_macs', (layer) => layer.cumulativeMacs, formatMacs),
  number('parameters', 'Parameters', 'parameters', (layer) => layer.parameters, formatMacs),
  number(
    'cumulativeParameters',
    'Cum. parameters',
    'cumulative_parameters',
    (layer) => layer.cumulativeParameters,
    formatMacs,
  ),
  {
    ...{ key: 'point', title: 'Cut', exported: 'partition_point', align: 'left' as const },
    value: (layer) => layer.point,
    text: (layer) => layer.point ?? '',
  },
]

/** Numbers of the charts by cut. */
export const cutsTable = ({ cuts }: ModelProfile, link: Rate): ExportTable => ({
  name: 'profile-cuts',
  columns: [
    'partition_point',
    'payload_bytes',
    'uint8_payload_bytes',
    'head_macs',
    'device_ms',
    'server_ms',
    'transmission_ms',
    'end_to_end_composed_ms',
    'end_to_end_uint8_composed_ms',
  ],
  rows: cuts.map((cut) => [
    ...[cut.point, cut.payloadBytes, cut.uint8Bytes, cut.headMacs, cut.deviceMs.median, cut.serverMs.median],
    cutOverLink(cut, link, 'float32').transmissionMs,
    ...payloadForms.map((form) => cutOverLink(cut, link, form).endToEnd.composedMs),
  ]),
})

export const rateTable = ({ byRate }: ModelProfile): ExportTable => ({
  name: 'best-cut-by-rate',
  columns: ['payload_form', 'partition_point', 'from_mbit_per_s', 'to_mbit_per_s'],
  rows: payloadForms.flatMap((form) =>
    byRate[form].map(({ point, fromMbps, toMbps }) => [form, point, fromMbps, toMbps]),
  ),
})
