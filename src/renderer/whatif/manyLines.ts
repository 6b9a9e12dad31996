import type { CustomSeriesOption } from 'echarts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotColour } from '#common/charts/theme.ts'

/** More lines than there are colours cannot be told apart by markers and a legend; pointing at one names it. */
export const mostMarkedLines = 8

export interface ManyLine {
  name: string
  slot: number
  /** Per category; null: no point there. */
  values: readonly (number | null)[]
}

/**
 * Any number of lines as one series of a chart: hundreds of points follow a slider within a frame, which ECharts does
 * not reach with a series for each line.
 */
export const manyLines = (name: string, lines: readonly ManyLine[], theme: ChartTheme): CustomSeriesOption => ({
  name,
  type: 'custom',
  coordinateSystem: 'cartesian2d',
  clip: true,
  data: lines.map((line) => [0, extreme(line, Math.min), extreme(line, Math.max)]),
  encode: { x: 0, y: [1, 2] },
  tooltip: { formatter: (params) => lines[(params as { dataIndex: number }).dataIndex]?.name ?? '' },
  renderItem: (params, api) => {
    const line = lines[params.dataIndex]!
    const colour = slotColour(theme, line.slot)
    return {
      type: 'group',
      children: unbroken(line.values).map((run) => {
        const points = run.map(([index, value]) => api.coord([index, value]) as [number, number])
        return points.length === 1
          ? { type: 'circle' as const, shape: { cx: points[0]![0], cy: points[0]![1], r: 2 }, style: { fill: colour } }
          : { type: 'polyline' as const, shape: { points }, style: { stroke: colour, lineWidth: 1.25, fill: 'none' } }
      }),
    }
  },
})

const extreme = ({ values }: ManyLine, pick: (...values: number[]) => number): number => {
  const known = values.filter((value) => value !== null)
  return known.length > 0 ? pick(...known) : Number.NaN
}

/** The stretches without an empty place: a line does not go through what was not reached. */
function unbroken(values: ManyLine['values']): [index: number, value: number][][] {
  const runs: [number, number][][] = []
  for (const [index, value] of values.entries()) {
    if (value === null) continue
    const last = runs.at(-1)
    if (last && last.at(-1)![0] === index - 1) last.push([index, value])
    else runs.push([[index, value]])
  }
  return runs
}
