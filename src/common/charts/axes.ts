import type { EChartsOption } from 'echarts'
import type { ChartTheme } from './theme.ts'

/** What all charts share: no animation (a report does not move, a live chart is drawn often), quiet axes, units as names. */
export const frame = (theme: ChartTheme): EChartsOption => ({
  animation: false,
  backgroundColor: 'transparent',
  textStyle: { fontFamily: theme.fontFamily, fontSize: 12, color: theme.ink },
})

export const legend = (theme: ChartTheme, names?: readonly string[]) => ({
  top: 0,
  left: 'center',
  itemWidth: 30,
  itemHeight: 10,
  itemGap: 24,
  textStyle: { color: theme.ink, fontSize: 12 },
  ...(names && { data: [...names] }),
})

export const pointAxis = (theme: ChartTheme, points: readonly string[]) => ({
  type: 'category' as const,
  data: [...points],
  axisLabel: { color: theme.ink, rotate: 40, interval: 0, fontSize: 11 },
  axisLine: { lineStyle: { color: theme.muted } },
  axisTick: { alignWithLabel: true, lineStyle: { color: theme.muted } },
})

/** A numeric axis whose name carries quantity and unit. */
export const valueAxis = (
  theme: ChartTheme,
  name: string,
  format: (value: number) => string,
  where: 'left' | 'below' = 'left',
) => ({
  type: 'value' as const,
  name,
  nameLocation: 'middle' as const,
  nameGap: where === 'left' ? 58 : 30,
  nameTextStyle: { color: theme.muted, fontSize: 12 },
  axisLabel: { color: theme.ink, fontSize: 11, formatter: format },
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: theme.grid } },
})
