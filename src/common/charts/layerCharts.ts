import type { EChartsOption } from 'echarts'
import type { Comparison, LayerSeries } from '../contract/result.ts'
import { formatMacs } from '../units.ts'
import { frame, legend, pointAxis, valueAxis } from './axes.ts'
import { pointOrder } from './series.ts'
import type { ChartTheme } from './theme.ts'
import { slotColour, slotDash, slotMarker } from './theme.ts'

/** Values per partition point, null where there is none. */
export interface LayerLine {
  name: string
  slot: number
  values: (number | null)[]
}

const slots: Record<string, number> = { original: 0, 'step 1': 2, 'step 2': 3 }
const slotOf = (name: string, index: number): number => slots[name] ?? 4 + index

const float32Bytes = 4

/**
 * Transmission workload per layer (Shi et al. 2019, Figure 3): payload bytes of one image when cut after each layer.
 * Features cross as 8-bit codes, one byte per element; the unpruned network also as float32. The point `input` sends the
 * uint8 image.
 */
export function transmissionWorkload(comparison: Comparison): {
  points: string[]
  rawImageBytes: number
  lines: LayerLine[]
} {
  const points = pointOrder(comparison)
  const line = (layers: LayerSeries, name: string, slot: number, bytesPerElement: number): LayerLine => ({
    name,
    slot,
    values: byPoint(layers, points, ({ elements }, point) =>
      point === 'input' ? elements : elements * bytesPerElement,
    ),
  })
  const lines = comparison.layers.flatMap((layers, index) =>
    layers.name === 'original'
      ? [
          line(layers, 'original, float32', 1, float32Bytes),
          line(layers, 'original, 8 bit', slotOf('original', index), 1),
        ]
      : [line(layers, `${layers.name}, 8 bit`, slotOf(layers.name, index), 1)],
  )
  return { points, rawImageBytes: comparison.dataset.size ** 2 * 3, lines }
}

/** Cumulative multiply-accumulates up to each layer: the device's work when cut there (Shi et al. 2019, Figure 3). */
export function cumulativeMacs(comparison: Comparison): { points: string[]; lines: LayerLine[] } {
  const points = pointOrder(comparison)
  return {
    points,
    lines: comparison.layers.map((layers, index) => ({
      name: layers.name,
      slot: slotOf(layers.name, index),
      values: byPoint(layers, points, ({ cumulativeMacs: macs }) => macs),
    })),
  }
}

/** The last unit of a whole network is the point `output`; a series of single points (step 2) has no such row. */
function byPoint(
  { rows }: LayerSeries,
  points: readonly string[],
  value: (row: LayerSeries['rows'][number], point: string) => number,
): (number | null)[] {
  const whole = rows[0]?.point === 'input'
  const named = new Map(
    rows.map((row, index) => [whole && index === rows.length - 1 ? 'output' : row.point, row] as const),
  )
  return points.map((point) => {
    const row = named.get(point)
    return row ? value(row, point) : null
  })
}

export function transmissionWorkloadOption(comparison: Comparison, theme: ChartTheme): EChartsOption {
  const { points, rawImageBytes, lines } = transmissionWorkload(comparison)
  const values = [rawImageBytes, ...lines.flatMap((line) => line.values)].filter((value) => value !== null)
  const decade = (value: number, round: (exponent: number) => number): number => 10 ** round(Math.log10(value))
  return {
    ...frame(theme),
    grid: { top: 40, left: 76, right: 24, bottom: 56 },
    legend: legend(
      theme,
      lines.map(({ name }) => name),
    ),
    xAxis: pointAxis(theme, points),
    yAxis: {
      ...valueAxis(theme, 'payload per image (log scale)', decadeOfBytes),
      type: 'log',
      min: decade(Math.min(...values), Math.floor),
      max: decade(Math.max(...values), Math.ceil),
    },
    series: lines.map((line, index) => ({
      ...drawn(line, theme),
      ...(index === 0 && {
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: theme.ink, type: 'solid' as const, width: 1.5 },
          label: {
            formatter: `raw image, ${rawImageBytes} B`,
            color: theme.ink,
            backgroundColor: theme.surface,
            padding: [2, 4],
            position: 'insideEndTop' as const,
          },
          data: [{ yAxis: rawImageBytes }],
        },
      }),
    })),
  }
}

export function cumulativeMacsOption(comparison: Comparison, theme: ChartTheme): EChartsOption {
  const { points, lines } = cumulativeMacs(comparison)
  return {
    ...frame(theme),
    grid: { top: 40, left: 76, right: 24, bottom: 56 },
    legend: legend(
      theme,
      lines.map(({ name }) => name),
    ),
    xAxis: pointAxis(theme, points),
    yAxis: valueAxis(theme, 'MACs up to the layer', formatMacs),
    series: lines.map((line) => drawn(line, theme)),
  }
}

/** Labels of a log axis: 10 B, 1 kB (1 kB = 1000 B). */
const decadeOfBytes = (bytes: number): string =>
  bytes >= 1e6 ? `${bytes / 1e6} MB` : bytes >= 1e3 ? `${bytes / 1e3} kB` : `${bytes} B`

const drawn = ({ name, slot, values }: LayerLine, theme: ChartTheme) => ({
  name,
  type: 'line' as const,
  data: values,
  ...slotMarker(theme, slot),
  symbolSize: 8,
  showAllSymbol: true,
  lineStyle: { color: slotColour(theme, slot), type: slotDash(slot), width: 2 },
})
