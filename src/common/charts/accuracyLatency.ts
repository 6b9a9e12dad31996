import type { EChartsOption } from 'echarts'
import type { Comparison } from '../contract/result.ts'
import { paretoFront } from '../selection/pareto.ts'
import { significant } from '../units.ts'
import { frame, legend, valueAxis } from './axes.ts'
import { placed } from './bestCuts.ts'
import { chartSeries, latencyKind, withinSeries } from './series.ts'
import type { ChartTheme } from './theme.ts'
import { slotMarker } from './theme.ts'

export interface AccuracyLatencyPoint {
  point: string
  /** What it is of its series, where that has several: its step, or its form. */
  detail: string | null
  /** End to end, composed, ms. */
  ms: number
  /** Of test images, a fraction. */
  accuracy: number
}

/** Accuracy against end-to-end latency on a link, per series; and the front of those that nothing beats in both. */
export function accuracyLatency(comparison: Comparison, link: string) {
  const all = placed(comparison, comparison.candidates, link)
  const front = paretoFront(all, [
    { value: ({ latencyMs }) => latencyMs, better: 'low' },
    { value: ({ accuracy }) => accuracy, better: 'high' },
  ])
    .sort((a, b) => a.latencyMs! - b.latencyMs! || b.accuracy - a.accuracy)
    .map(({ candidate, latencyMs, accuracy }) => ({ point: candidate.partitionPoint, ms: latencyMs!, accuracy }))
  return {
    series: chartSeries(comparison).map((series) => ({
      name: series.label,
      slot: series.slot,
      points: placed(comparison, series.candidates, link).flatMap(
        ({ candidate, latencyMs, accuracy }): AccuracyLatencyPoint[] =>
          latencyMs === null
            ? []
            : [
                {
                  ...{ point: candidate.partitionPoint, detail: withinSeries(candidate, series) },
                  ...{ ms: latencyMs, accuracy },
                },
              ],
      ),
    })),
    front,
  }
}

export function accuracyLatencyOption(comparison: Comparison, link: string, theme: ChartTheme): EChartsOption {
  const { series, front } = accuracyLatency(comparison, link)
  const percent = (fraction: number): number => fraction * 100
  return {
    ...frame(theme),
    grid: { top: 44, left: 76, right: 40, bottom: 52 },
    legend: { ...legend(theme, [...series.map(({ name }) => name), frontName]), itemWidth: 18 },
    xAxis: {
      ...valueAxis(
        theme,
        `end-to-end latency, ms (${latencyKind(comparison)}, log scale)`,
        (value) => significant(value),
        'below',
      ),
      type: 'log',
      ...logTicks(
        series.flatMap(({ points }) => points.map(({ ms }) => ms)),
        theme,
      ),
    },
    yAxis: { ...valueAxis(theme, 'accuracy on test images, %', (value) => significant(value)), scale: true },
    series: [
      ...series.map(({ name, slot, points }) => ({
        name,
        type: 'scatter' as const,
        ...slotMarker(theme, slot),
        symbolSize: 10,
        data: points.map(({ point, detail, ms, accuracy }) => ({
          name: [point, ...(detail === null ? [] : [detail])].join(', '),
          value: [ms, percent(accuracy)],
        })),
      })),
      {
        name: frontName,
        type: 'line' as const,
        step: 'end' as const,
        symbol: 'none',
        lineStyle: { color: theme.muted, type: 'dashed' as const, width: 1.5 },
        itemStyle: { color: theme.muted },
        data: front.map(({ ms, accuracy }) => [ms, percent(accuracy)]),
        z: 1,
      },
    ],
  }
}

const frontName = 'Pareto front'

/** Steps 1, 2, 5 of a decade: a log axis from 0.5 to 50 wastes less than one from 0.1 to 100. */
function logTicks(values: readonly number[], theme: ChartTheme) {
  const steps = Array.from({ length: 24 }, (_, exponent) =>
    [1, 2, 5].map((digit) => Number(`${digit}e${exponent - 12}`)),
  ).flat()
  const min = steps.findLast((step) => step <= Math.min(...values))
  const max = steps.find((step) => step >= Math.max(...values))
  if (min === undefined || max === undefined || values.length === 0) return {}
  const ticks = steps.filter((step) => step >= min && step <= max)
  return {
    min,
    max,
    axisLabel: {
      color: theme.ink,
      fontSize: 11,
      formatter: (value: number) => significant(value),
      customValues: ticks,
    },
    axisTick: { show: false, customValues: ticks },
  }
}
