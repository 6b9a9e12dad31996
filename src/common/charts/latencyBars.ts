import type { BarSeriesOption, EChartsOption } from 'echarts'
import type { Comparison, EndToEnd } from '../contract/result.ts'
import { significant } from '../units.ts'
import { frame, legend, pointAxis, valueAxis } from './axes.ts'
import { bestCuts } from './bestCuts.ts'
import type { CandidateSeries } from './series.ts'
import { chartSeries, latencyKind, pointOrder, withinSeries } from './series.ts'
import type { ChartTheme } from './theme.ts'

export const latencyParts = ['device', 'transmission', 'server'] as const

export interface LatencyBar {
  label: string
  /** What it is of its series, where that has several: its step, or its form. */
  detail: string | null
  /** Partition point; null where there is no candidate, with the reason. */
  point: string | null
  reason: string | null
  endToEnd: EndToEnd | null
}

/** Best cut of every series (of every framework, where there are too many) on a link, within the accuracy bound. */
export const bestCutBars = (comparison: Comparison, link: string): LatencyBar[] =>
  bestCuts(comparison, link, chartSeries(comparison)).map(({ series, candidate, endToEnd, reason }) => ({
    label: series.label,
    detail: candidate && withinSeries(candidate, series),
    point: candidate?.partitionPoint ?? null,
    reason,
    endToEnd,
  }))

/** All cuts of one series on a link; every panel has the same points, so that they stand below each other. */
export const pointBars = (comparison: Comparison, series: CandidateSeries, link: string): LatencyBar[] =>
  pointOrder(comparison)
    .filter((point) => comparison.candidates.some(({ partitionPoint }) => partitionPoint === point))
    .map((point) => {
      const candidate = series.candidates.find(({ partitionPoint }) => partitionPoint === point)
      const endToEnd = candidate?.byLink[link]?.endToEnd ?? null
      return {
        label: point,
        detail: null,
        point,
        endToEnd,
        reason: endToEnd ? null : candidate ? 'not timed' : 'no candidate',
      }
    })

/** Horizontal stacked bars, one per series, first one on top; the cut and the total stand at the end of the bar. */
export function bestCutBarsOption(
  comparison: Comparison,
  bars: readonly LatencyBar[],
  theme: ChartTheme,
): EChartsOption {
  return {
    ...frame(theme),
    grid: { top: 34, left: 180, right: 150, bottom: 46 },
    legend: legend(theme, latencyParts),
    xAxis: {
      ...valueAxis(
        theme,
        `end-to-end latency, ms (${latencyKind(comparison)})`,
        (value) => significant(value),
        'below',
      ),
      splitNumber: 4,
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(({ label }) => label),
      axisLabel: barLabel(bars, theme),
      axisLine: { lineStyle: { color: theme.muted } },
      axisTick: { show: false },
    },
    series: [
      ...stackedParts(bars, theme),
      totals(bars, theme, ({ point, endToEnd }) =>
        endToEnd ? `${point}: ${significant(endToEnd.composedMs)} ms` : 'no cut (see the reasons)',
      ),
    ],
  }
}

/** A bar with its distance to the next, px; with a second line in its label. */
export const barRows = (bars: readonly LatencyBar[]): number => (bars.some(({ detail }) => detail) ? 38 : 26)

const detailLength = 27

/** The series; below it, smaller, which of its candidates it is. */
const barLabel = (bars: readonly LatencyBar[], theme: ChartTheme) => ({
  ...{ color: theme.ink, fontSize: 12, width: 165, overflow: 'truncate' as const },
  ...(bars.some(({ detail }) => detail) && {
    formatter: (label: string, index: number) => {
      const detail = bars[index]?.detail
      const short = detail && detail.length > detailLength ? `${detail.slice(0, detailLength - 1)}…` : detail
      return short ? `${label}\n{detail|${short}}` : label
    },
    lineHeight: 15,
    rich: { detail: { color: theme.muted, fontSize: 10, lineHeight: 13 } },
  }),
})

/** Stacked columns over the partition points of one series; a dashed line shows what sending the image takes. */
export function pointBarsOption(
  comparison: Comparison,
  series: CandidateSeries,
  link: string,
  reference: { label: string; ms: number } | null,
  theme: ChartTheme,
): EChartsOption {
  const bars = pointBars(comparison, series, link)
  const highest = Math.max(0, ...bars.map(({ endToEnd }) => endToEnd?.composedMs ?? 0))
  return {
    ...frame(theme),
    grid: { top: 40, left: 64, right: 16, bottom: 56 },
    legend: legend(theme, latencyParts),
    xAxis: pointAxis(
      theme,
      bars.map(({ label }) => label),
    ),
    yAxis: {
      ...valueAxis(theme, `end to end, ms (${latencyKind(comparison)})`, (value) => significant(value)),
      nameGap: 46,
      // The reference stays in sight where every bar is below it.
      ...(reference && highest < reference.ms && { max: roundUp(reference.ms * 1.05) }),
    },
    series: stackedParts(bars, theme).map((one, index) => ({
      ...one,
      ...(index === 0 &&
        reference && {
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: theme.ink, type: 'dashed' as const, width: 1.5 },
            label: {
              formatter: `${reference.label}: ${significant(reference.ms)} ms`,
              color: theme.ink,
              backgroundColor: theme.surface,
              padding: [2, 4],
              position: 'insideEndTop' as const,
            },
            data: [{ yAxis: reference.ms }],
          },
        }),
    })),
  }
}

/** To two digits, so that the top of an axis is a readable number. */
export function roundUp(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number((Math.ceil(value / step) * step).toPrecision(3))
}

/** Colour and pattern per part. Patterns are painted in the surface colour, as hatching cut out of the bar. */
export function stackedParts(bars: readonly Pick<LatencyBar, 'endToEnd'>[], theme: ChartTheme): BarSeriesOption[] {
  const hatch = { symbol: 'rect' as const, color: theme.surface, symbolSize: 1 }
  const patterns = {
    device: undefined,
    transmission: { ...hatch, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: Math.PI / 4 },
    server: {
      ...hatch,
      symbol: 'circle' as const,
      symbolSize: 0.6,
      dashArrayX: [
        [4, 4],
        [0, 4, 4, 0],
      ],
      dashArrayY: [4, 0],
    },
  }
  return latencyParts.map((part) => ({
    name: part,
    type: 'bar' as const,
    stack: 'latency',
    barMaxWidth: 26,
    data: bars.map(({ endToEnd }) => endToEnd?.parts[part] ?? null),
    itemStyle: { color: theme.parts[part], borderColor: theme.surface, borderWidth: 1, decal: patterns[part] },
  }))
}

/** A bar of no length on top of the stack that carries the label. */
const totals = (
  bars: readonly LatencyBar[],
  theme: ChartTheme,
  text: (bar: LatencyBar) => string,
): BarSeriesOption => ({
  type: 'bar',
  stack: 'latency',
  silent: true,
  data: bars.map((bar) => ({ value: 0, label: { show: true, formatter: text(bar) } })),
  label: { show: true, position: 'right', color: theme.ink, fontSize: 12 },
  itemStyle: { color: 'transparent' },
})
