import type { BarSeriesOption, CustomSeriesOption, EChartsOption } from 'echarts'
import type { LayerTimes } from '../contract/layerTimes.ts'
import { significant } from '../units.ts'
import { frame, legend, pointAxis, valueAxis } from './axes.ts'
import type { ChartTheme } from './theme.ts'

/** Measured and predicted never share a colour; predictions are hatched besides. */
const slots = { profile: 0, difference: 4, predicted: 3 } as const
export const layerTimeNames = {
  profile: "measured: the runtime's profile",
  difference: 'measured: difference of neighbouring heads',
  predicted: 'predicted',
} as const

/** Per unit of the network: what was measured in two ways, and what was predicted, side by side. */
export function layerTimesOption({ rows }: Pick<LayerTimes, 'rows'>, theme: ChartTheme): EChartsOption {
  const colour = (slot: number): string => theme.series[slot % theme.series.length]!
  const bar = (name: keyof typeof slots, values: (number | null)[]): BarSeriesOption => ({
    name: layerTimeNames[name],
    type: 'bar',
    data: values,
    barGap: '5%',
    itemStyle:
      name === 'predicted'
        ? { color: theme.surface, borderColor: colour(slots[name]), borderWidth: 2, borderType: 'dashed' }
        : { color: colour(slots[name]) },
  })
  const some = {
    profile: rows.some(({ profile }) => profile),
    difference: rows.some(({ difference }) => difference),
    predicted: rows.some(({ predictedMs }) => predictedMs !== null),
  }
  const names = (Object.keys(layerTimeNames) as (keyof typeof layerTimeNames)[]).filter((name) => some[name])
  return {
    ...frame(theme),
    grid: { top: 40, left: 76, right: 24, bottom: 56 },
    legend: legend(
      theme,
      names.map((name) => layerTimeNames[name]),
    ),
    xAxis: pointAxis(
      theme,
      rows.map(({ unit }) => unit),
    ),
    yAxis: valueAxis(theme, 'time of the layer, ms', (value) => significant(value)),
    series: [
      ...(some.profile
        ? [
            bar(
              'profile',
              rows.map(({ profile }) => profile?.ms ?? null),
            ),
          ]
        : []),
      ...(some.difference
        ? [
            bar(
              'difference',
              rows.map(({ difference }) => difference?.ms ?? null),
            ),
            bounds(rows, theme, names.indexOf('difference'), names.length),
          ]
        : []),
      ...(some.predicted
        ? [
            bar(
              'predicted',
              rows.map(({ predictedMs }) => predictedMs),
            ),
          ]
        : []),
    ],
  }
}

/** 95 % intervals of the differences, over their bars. */
const bounds = (rows: LayerTimes['rows'], theme: ChartTheme, place: number, bars: number): CustomSeriesOption => ({
  type: 'custom',
  silent: true,
  z: 3,
  data: rows.flatMap(({ difference }, index) => (difference ? [[index, ...difference.ci95]] : [])),
  encode: { x: 0, y: [1, 2] },
  renderItem: (_params, api) => {
    const [centre, low] = api.coord([api.value(0), api.value(1)]) as [number, number]
    const [, high] = api.coord([api.value(0), api.value(2)]) as [number, number]
    const [band] = api.size!([1, 0]) as [number, number]
    // The bars of a category fill four fifths of it.
    const x = centre + ((place - (bars - 1) / 2) * band * 0.8) / bars
    return {
      type: 'line',
      shape: { x1: x, y1: low, x2: x, y2: high },
      style: { stroke: theme.ink, lineWidth: 1.25 },
    }
  },
})
