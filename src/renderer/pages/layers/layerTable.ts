import { pointOrder } from '#common/charts/series.ts'
import type { Link } from '#common/contract/config.ts'
import type { Comparison, LayerSeries } from '#common/contract/result.ts'
import { transmissionMs } from '#common/latency/transmission.ts'
import { computeUnit, formatCompute, formatCount, formatMs } from '#common/units.ts'
import type { Column } from '../../components/column.ts'

type Layer = LayerSeries['rows'][number]

export interface LayerLine {
  point: string
  original: Layer
  /** The same layer in the pruned networks, by the name of the series; absent where there is none. */
  byModel: ReadonlyMap<string, Layer>
}

/** One line per layer of the original network, in order. */
export function layerLines(comparison: Comparison): LayerLine[] {
  const original = comparison.layers.find(({ name }) => name === 'original')?.rows ?? []
  const others = comparison.layers.map(
    ({ name, rows }) => [name, new Map(rows.map((row) => [row.point, row] as const))] as const,
  )
  const points = pointOrder(comparison)
  return original.map((row, index) => ({
    point: points[index] ?? row.point,
    original: row,
    byModel: new Map(
      others.flatMap(([name, rows]) => {
        const same = rows.get(row.point)
        return same ? [[name, same] as const] : []
      }),
    ),
  }))
}

const file = (model: string): string => model.replaceAll(/[^a-z0-9]+/gi, '_')

/** Transmission is computed with the link of the sliders. */
export function layerColumns(comparison: Comparison, link: Pick<Link, 'rateMbps' | 'rttMs'>): Column<LayerLine>[] {
  const models = comparison.layers.map(({ name }) => name)
  // Elements cross as 8-bit codes, one byte each; the header apart.
  const sending = (line: LayerLine, model: string): number | null => {
    const row = line.byModel.get(model)
    return row ? transmissionMs(row.elements, link) : null
  }
  return [
    {
      key: 'point',
      title: 'Layer',
      exported: 'partition_point',
      align: 'left',
      value: ({ point }) => point,
      text: ({ point }) => point,
    },
    {
      key: 'shape',
      title: 'Output, C×H×W',
      exported: 'shape_chw',
      align: 'left',
      value: ({ original }) => original.shape.join('x'),
      text: ({ original }) => original.shape.join('×'),
    },
    {
      key: 'parameters',
      title: 'Parameters',
      exported: 'parameters',
      align: 'right',
      value: ({ original }) => original.parameters,
      text: ({ original }) => formatCount(original.parameters),
    },
    {
      key: 'macs',
      title: computeUnit(),
      exported: 'macs',
      align: 'right',
      value: ({ original }) => original.macs,
      text: ({ original }) => formatCompute(original.macs),
    },
    ...models.map(
      (model): Column<LayerLine> => ({
        key: `cumulative-${model}`,
        title: `${computeUnit()} up to here, ${model}`,
        exported: `cumulative_macs_${file(model)}`,
        align: 'right',
        value: ({ byModel }) => byModel.get(model)?.cumulativeMacs ?? null,
        text: ({ byModel }) => {
          const row = byModel.get(model)
          return row ? formatCompute(row.cumulativeMacs) : '–'
        },
      }),
    ),
    ...models.map(
      (model): Column<LayerLine> => ({
        key: `bytes-${model}`,
        title: `Payload B, ${model}`,
        exported: `payload_8bit_bytes_${file(model)}`,
        align: 'right',
        hint: '8-bit features, one byte per element',
        value: ({ byModel }) => {
          const row = byModel.get(model)
          return row ? row.elements : null
        },
        text: ({ byModel }) => {
          const row = byModel.get(model)
          return row ? formatCount(row.elements) : '–'
        },
      }),
    ),
    ...models.map(
      (model): Column<LayerLine> => ({
        key: `sending-${model}`,
        title: `On the link, ${model}`,
        exported: `transmission_computed_ms_${file(model)}`,
        align: 'right',
        value: (line) => sending(line, model),
        text: (line) => {
          const ms = sending(line, model)
          return ms === null ? '–' : formatMs(ms)
        },
      }),
    ),
  ]
}
