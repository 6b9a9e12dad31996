import type { CustomSeriesOption, EChartsOption } from 'echarts'
import type { Comparison, Time } from '../contract/result.ts'
import { significant } from '../units.ts'
import { frame, legend, pointAxis, valueAxis } from './axes.ts'
import { lineSeries, pointOrder } from './series.ts'
import type { ChartTheme } from './theme.ts'
import { slotColour, slotDash, slotMarker } from './theme.ts'

export interface TimeLine {
  name: string
  slot: number
  times: (Time | null)[]
}

/**
 * Time of the head on the device when cut after each layer, per series, of one kind only: `measured`, `emulated` or
 * `modelled` times never share a chart. Of many series those of a single cut are left out.
 */
export function deviceTimes(comparison: Comparison, source: Time['source']): { points: string[]; lines: TimeLine[] } {
  const points = pointOrder(comparison)
  const lines = lineSeries(comparison).map(({ label, slot, candidates }) => ({
    name: label,
    slot,
    times: points.map((point) => {
      const time = candidates.find(({ partitionPoint }) => partitionPoint === point)?.deviceMs
      return time?.source === source ? time : null
    }),
  }))
  return { points, lines: lines.filter(({ times }) => times.some((time) => time !== null)) }
}

export function deviceTimesOption(comparison: Comparison, source: Time['source'], theme: ChartTheme): EChartsOption {
  const { points, lines } = deviceTimes(comparison, source)
  return {
    ...frame(theme),
    grid: { top: 40, left: 76, right: 24, bottom: 56 },
    legend: legend(
      theme,
      lines.map(({ name }) => name),
    ),
    xAxis: pointAxis(theme, points),
    yAxis: valueAxis(theme, `device time, ms (${source})`, (value) => significant(value)),
    series: lines.flatMap(({ name, slot, times }) => [
      {
        name,
        type: 'line' as const,
        data: times.map((time) => time?.median ?? null),
        ...slotMarker(theme, slot),
        symbolSize: 7,
        showAllSymbol: true,
        lineStyle: {
          color: slotColour(theme, slot),
          type: source === 'modelled' ? ('dotted' as const) : slotDash(slot),
          width: 2,
        },
      },
      intervals(name, times, slotColour(theme, slot)),
    ]),
  }
}

/** 95 % intervals as error bars. */
const intervals = (name: string, times: readonly (Time | null)[], colour: string): CustomSeriesOption => ({
  name,
  type: 'custom',
  data: times.flatMap((time, index) => (time ? [[index, ...time.ci95]] : [])),
  encode: { x: 0, y: [1, 2] },
  silent: true,
  z: 3,
  renderItem: (_params, api) => {
    const [x, low] = api.coord([api.value(0), api.value(1)]) as [number, number]
    const [, high] = api.coord([api.value(0), api.value(2)]) as [number, number]
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: colour, lineWidth: 1.25 },
    })
    return {
      type: 'group',
      children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)],
    }
  },
})
