import type { CustomSeriesOption } from 'echarts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotColour } from '#common/charts/theme.ts'
import type { LinesShape } from '../charts/linesShape.ts'
import '../charts/linesShape.ts'

/** More lines than there are colours cannot be told apart by markers and a legend; pointing at one names it. */
export const mostMarkedLines = 8

export interface ManyLine {
  name: string
  slot: number
  /** Per category; null: no point there. */
  values: readonly (number | null)[]
}

/**
 * Any number of lines as one series with one element for each colour: thousands of points follow a slider within a
 * frame, which ECharts does not reach with a series, or an element, for each line.
 */
export function manyLines(name: string, lines: readonly ManyLine[], theme: ChartTheme): CustomSeriesOption {
  const colours = [...new Set(lines.map(({ slot }) => slotColour(theme, slot)))]
  const ofColour = colours.map((colour) => lines.filter(({ slot }) => slotColour(theme, slot) === colour))
  const pointed: (string | undefined)[] = []
  return {
    name,
    type: 'custom',
    coordinateSystem: 'cartesian2d',
    clip: true,
    data: ofColour.map((some) => [0, extreme(some, Math.min), extreme(some, Math.max)]),
    encode: { x: 0, y: [1, 2] },
    tooltip: { formatter: (params) => pointed[(params as { dataIndex: number }).dataIndex] ?? '' },
    renderItem: (params, api) => {
      const some = ofColour[params.dataIndex]!
      // Categories are evenly spaced, so that one look at the axis does for all points.
      const [left, right] = [api.coord([0, 1])[0]!, api.coord([1, 1])[0]!]
      const shape: LinesShape = {
        runs: some.flatMap(({ values }, line) =>
          unbroken(values).map((run) => ({
            line,
            points: run.map(([index, value]): [number, number] => [
              left + index * (right - left),
              api.coord([0, value])[1]!,
            ]),
          })),
        ),
        pointed(line) {
          pointed[params.dataIndex] = some[line]?.name
        },
      }
      const style = { stroke: colours[params.dataIndex]!, lineWidth: 1.25, fill: 'none' }
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
