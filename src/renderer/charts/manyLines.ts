import type { CustomSeriesOption } from 'echarts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotColour, slotDash } from '#common/charts/theme.ts'
import type { LinesShape } from './linesShape.ts'
import './linesShape.ts'

export interface ManyLine {
  name: string
  slot: number
  /** Per place on the axis; null: no point there. */
  values: readonly (number | null)[]
}

export interface ManyLinesOptions {
  /** The value of a place on the axis: its number on one of categories. On others places are evenly spaced, too, as drawn. */
  at?: (place: number) => number
  /** As the legend has them; takes longer to draw. */
  dashed?: boolean
}

/**
 * Any number of lines as one series with one element for each slot of the theme: thousands of points follow a slider within a
 * frame, which ECharts does not reach with a series, or an element, for each line.
 */
export function manyLines(
  name: string,
  lines: readonly ManyLine[],
  theme: ChartTheme,
  { at = (place) => place, dashed = false }: ManyLinesOptions = {},
): CustomSeriesOption {
  const slots = [...new Set(lines.map(({ slot }) => slot))]
  const ofSlot = slots.map((slot) => lines.filter((line) => line.slot === slot))
  const pointed: (string | undefined)[] = []
  return {
    name,
    type: 'custom',
    coordinateSystem: 'cartesian2d',
    clip: true,
    data: ofSlot.map((some) => [at(0), extreme(some, Math.min), extreme(some, Math.max)]),
    encode: { x: 0, y: [1, 2] },
    tooltip: { formatter: (params) => pointed[(params as { dataIndex: number }).dataIndex] ?? '' },
    renderItem: (params, api) => {
      const some = ofSlot[params.dataIndex]!
      // Places are evenly spaced, so that one look at the axis does for all points.
      const [left, right] = [api.coord([at(0), 1])[0]!, api.coord([at(1), 1])[0]!]
      const shape: LinesShape = {
        runs: some.flatMap(({ values }, line) =>
          unbroken(values).map((run) => ({
            line,
            points: run.map(([index, value]): [number, number] => [
              left + index * (right - left),
              api.coord([at(0), value])[1]!,
            ]),
          })),
        ),
        pointed(line) {
          pointed[params.dataIndex] = some[line]?.name
        },
      }
      const slot = slots[params.dataIndex]!
      const lineDash = dashed ? slotDash(slot) : 'solid'
      const style = { stroke: slotColour(theme, slot), lineWidth: 1.25, lineDash, fill: 'none' }
      return { type: 'lines', shape, style } as never
    },
  }
}

function extreme(lines: readonly ManyLine[], pick: (a: number, b: number) => number): number {
  let found = Number.NaN
  for (const { values } of lines) {
    for (const value of values) if (value !== null) found = Number.isNaN(found) ? value : pick(found, value)
  }
  return found
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
