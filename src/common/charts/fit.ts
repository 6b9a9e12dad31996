import type { EChartsOption } from 'echarts'

const fontSize = 11
const lineWidth = 22
const markWidth = 12
const itemGap = 12
/** Mean width of a character at this size, and the distance between symbol and text. */
const perCharacter = 6
const symbolGap = 5
const rowHeight = 19
/** Of a chart on a screen; paper cannot be scrolled. */
const screenRows = 2

/** Lines that a legend of these names takes in a width. */
export function legendRows(names: readonly string[], width: number, itemWidth = lineWidth): number {
  let rows = 1
  let used = 0
  for (const name of names) {
    const item = itemWidth + symbolGap + name.length * perCharacter
    if (used > 0 && used + itemGap + item > width) {
      rows++
      used = 0
    }
    used += (used > 0 ? itemGap : 0) + item
  }
  return rows
}

type Part = Record<string, unknown>

/**
 * A chart made for the width of a report, in a panel of half a page: the legend becomes small, and what it needs beyond
 * one line is taken from the drawing; beyond `maxRows` (two) it scrolls.
 */
export function fitted(option: EChartsOption, width: number, maxRows: number = screenRows): EChartsOption {
  const legend = option.legend as (Part & { data?: string[] }) | undefined
  if (!legend) return option
  const names = legend.data ?? []
  // A mark without a line would be drawn as wide as one.
  const [first] = [option.series].flat() as Part[]
  const itemWidth = first?.type === 'scatter' ? markWidth : lineWidth
  const rows = legendRows(names, width, itemWidth)
  const small = {
    ...legend,
    left: 0,
    itemWidth,
    itemGap,
    textStyle: { ...(legend.textStyle as Part), fontSize },
    type: rows > maxRows ? 'scroll' : 'plain',
  }
  if (rows === 1 || rows > maxRows) return { ...option, legend: small } as EChartsOption
  const shift = (rows - 1) * rowHeight
  const lower = (grid: Part): Part => ({ ...grid, top: Number(grid.top) + shift })
  const { grid } = option as { grid: Part | Part[] }
  return { ...option, legend: small, grid: Array.isArray(grid) ? grid.map(lower) : lower(grid) } as EChartsOption
}
