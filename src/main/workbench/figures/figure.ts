import type { EChartsOption } from 'echarts'
import type { Cell, FigureSettings } from '#common/charts/papers/drawing.ts'
import { paperTheme } from '#common/charts/paperTheme.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { encodeCsv } from '../reports/csv.ts'
import { svgFile } from './svg.ts'

/** What a figure is written as, by the ending of the file. */
export interface FigureFiles {
  svg: string
  csv: string
}

/** A numbered figure of a paper as a view of stored records: folders of runs, or their JSON. */
export interface Figure {
  title: string
  /** Which records it is drawn from. */
  needs: string
  /** Throws `bad-data` for a record of another kind, and for records that hold nothing of it. */
  draw(records: readonly string[], settings?: FigureSettings): FigureFiles
}

export interface Sized {
  width: number
  height: number
  option(theme: ChartTheme): EChartsOption
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
}

export const filesOf = ({ width, height, option, columns, rows }: Sized): FigureFiles => ({
  svg: svgFile(option(paperTheme), width, height),
  csv: encodeCsv([columns, ...rows]),
})
