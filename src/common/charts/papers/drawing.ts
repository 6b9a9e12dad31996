import type { CustomSeriesOption, EChartsOption } from 'echarts'
import { frame, legend } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'

export type Cell = string | number | null

/** A figure of a paper, drawn from records: the picture, and its numbers as a table with units in the headings. */
export interface Drawing {
  /** Pixels. */
  width: number
  height: number
  option(theme: ChartTheme): EChartsOption
  columns: readonly string[]
  rows: Cell[][]
}

/** What the user may assume where the records leave it open. */
export interface FigureSettings {
  /** The device is so many times slower than the server's machine; null: device times as the records have them. */
  gamma: number | null
}

const side = 16
const titleHeight = 34
const legendRow = 27
const captionLine = 16
/** Of the legend: its marks, what is between two entries, and a character. */
const mark = 24
const gap = 12
const perLetter = 7
/** Text is narrower where it is laid out than in most fonts that draw it: blanks keep entries apart. */
const room = '\u00a0'.repeat(4)
/** Mean width of a character of the caption. */
const perCharacter = 5.6

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** A title, a legend and a caption on a sheet, and the boxes that are left for drawings: `across` × `down` of them. */
export interface Sheet {
  base: EChartsOption
  boxes: Box[]
}

export interface SheetOptions {
  title: string
  /** What it was drawn from, and what is to be known of the published marks. */
  caption: readonly string[]
  names: readonly string[]
  width: number
  height: number
  across?: number
  down?: number
  /** Pixels that the axes need left of and below every box. */
  left?: number
  below?: number
}

export function sheet(theme: ChartTheme, options: SheetOptions): Sheet {
  const { title, caption, names, width, height, across = 1, down = 1, left = 76, below = 76 } = options
  const lines = caption.flatMap((line) => wrapped(line, Math.floor((width - 2 * side) / perCharacter)))
  const top = titleHeight + legendRow * rowsOf(names, width - 2 * side) + 14
  const bottom = side + captionLine * lines.length
  const [cellWidth, cellHeight] = [(width - side) / across, (height - top - bottom) / down]
  return {
    base: {
      ...frame(theme),
      title: [
        {
          ...{ text: title, left: 'center', top: 6 },
          textStyle: { fontSize: 15, fontWeight: 'normal' as const, color: theme.ink },
        },
        captionText(theme, lines, height - bottom),
      ],
      legend: {
        ...{ ...legend(theme, names), top: titleHeight, itemWidth: mark, itemGap: gap, width: width - 2 * side },
        formatter: (name: string) => `${name}${room}`,
      },
    },
    boxes: Array.from({ length: across * down }, (_, index) => ({
      left: (index % across) * cellWidth + left,
      top: top + Math.floor(index / across) * cellHeight,
      width: cellWidth - left - 8,
      height: cellHeight - below,
    })),
  }
}

/** Lines that the legend takes. */
function rowsOf(names: readonly string[], width: number): number {
  let [rows, used] = [1, 0]
  for (const name of names) {
    const item = mark + gap + (name.length + room.length) * perLetter
    if (used > 0 && used + item > width) [rows, used] = [rows + 1, 0]
    used += item
  }
  return rows
}

/** A drawing that was made without a caption, with one below it: what it was drawn from. */
export function captioned(
  { option, height, ...drawing }: Pick<Drawing, 'option' | 'width' | 'height'>,
  caption: readonly string[],
): Pick<Drawing, 'option' | 'width' | 'height'> {
  const lines = caption.flatMap((line) => wrapped(line, Math.floor((drawing.width - 2 * side) / perCharacter)))
  const more = side + captionLine * lines.length
  // What hangs on the lower edge moves up with it.
  const lifted = <Grid extends object>(grid: Grid): Grid =>
    'bottom' in grid && typeof grid.bottom === 'number' ? { ...grid, bottom: grid.bottom + more } : grid
  return {
    ...drawing,
    height: height + more,
    option(theme: ChartTheme): EChartsOption {
      const plain = option(theme)
      return {
        ...plain,
        grid: [plain.grid ?? {}].flat().map(lifted),
        title: captionText(theme, lines, height),
      }
    },
  }
}

const captionText = (theme: ChartTheme, lines: readonly string[], top: number) => ({
  text: lines.join('\n'),
  ...{ left: side, top, padding: 0 },
  textStyle: { fontSize: 11, fontWeight: 'normal' as const, color: theme.muted, lineHeight: captionLine },
})

/** Broken at blanks. */
export function wrapped(line: string, length: number): string[] {
  const lines: string[] = []
  for (const word of line.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= length) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** As paths: a legend keeps the proportions of those, and stretches named shapes to the width of its marks. */
const outlines = {
  rect: 'path://M0,0h10v10h-10Z',
  triangle: 'path://M5,0L10,10H0Z',
  diamond: 'path://M5,0L10,5L5,10L0,5Z',
}

/**
 * Published values are hollow, in ink, and larger than anything measured: nobody takes one for the other, and what lies
 * behind one shows through.
 */
export const hollow = (theme: ChartTheme, symbol: 'circle' | keyof typeof outlines = 'circle') => ({
  symbol: symbol === 'circle' ? symbol : outlines[symbol],
  symbolSize: 14,
  itemStyle: { color: 'transparent', borderColor: theme.ink, borderWidth: 2, opacity: 1 },
})

/** Vertical bars from the second to the third number at the first, in the colour of their series. */
export const spans = (
  name: string,
  data: readonly (readonly [x: number, low: number, high: number])[],
  colour: string,
  axes: { xAxisIndex?: number; yAxisIndex?: number } = {},
): CustomSeriesOption => ({
  ...axes,
  name,
  type: 'custom',
  data: data.map((one) => [...one]),
  encode: { x: 0, y: [1, 2] },
  silent: true,
  z: 3,
  itemStyle: { color: colour },
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

/** Ticks of a log axis at 1, 2 and 5 of every decade between the least and the largest value. */
export function logScale(values: readonly number[], theme: ChartTheme, format: (value: number) => string) {
  const steps = Array.from({ length: 30 }, (_, exponent) =>
    [1, 2, 5].map((digit) => Number(`${digit}e${exponent - 15}`)),
  ).flat()
  const known = values.filter((value) => value > 0)
  const min = steps.findLast((step) => step <= Math.min(...known))
  const max = steps.find((step) => step >= Math.max(...known))
  if (known.length === 0 || min === undefined || max === undefined) return { type: 'log' as const }
  const between = steps.filter((step) => step >= min && step <= max)
  const decades = between.filter((step) => /^1(e|0*$)|^0\.0*1$/.test(String(step)))
  const ticks = between.length > 10 && decades.length > 2 ? decades : between
  return {
    type: 'log' as const,
    min,
    max,
    axisLabel: { color: theme.ink, fontSize: 11, formatter: format, customValues: ticks },
    axisTick: { show: false, customValues: ticks },
  }
}
