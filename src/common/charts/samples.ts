import type { EChartsOption } from 'echarts'
import type { Time } from '../contract/result.ts'
import { quantileOfSorted, sorted } from '../measurement/statistics.ts'
import { significant } from '../units.ts'
import { frame, valueAxis } from './axes.ts'
import type { ChartTheme } from './theme.ts'

/** Points that a plot of half a page can show apart. */
const maxPoints = 4000
const maxBins = 120
/** The slowest run beyond so many medians: the axis becomes logarithmic. */
const outlying = 10

/**
 * Every sample where there are few; of many, the smallest and the largest of each stretch, in their order: outliers stay
 * to be seen. Returns [index, ms].
 */
export function plottedSamples(ms: ArrayLike<number>, limit = maxPoints): [index: number, ms: number][] {
  if (ms.length <= limit) return Array.from(ms, (value, index): [number, number] => [index, value])
  const stretch = Math.ceil(ms.length / Math.floor(limit / 2))
  const points: [number, number][] = []
  for (let from = 0; from < ms.length; from += stretch) {
    let low = from
    let high = from
    for (let index = from; index < Math.min(from + stretch, ms.length); index++) {
      if (ms[index]! < ms[low]!) low = index
      if (ms[index]! > ms[high]!) high = index
    }
    const ends = low === high ? [low] : [Math.min(low, high), Math.max(low, high)]
    for (const index of ends) points.push([index, ms[index]!])
  }
  return points
}

export interface Histogram {
  /** Lower edge of the first bin and width of all, in ms. */
  from: number
  width: number
  counts: number[]
  /** Samples above the last bin: a few slow runs must not squeeze the rest into one bar. */
  above: number
}

/**
 * Bins by Freedman and Diaconis (2 · IQR / ∛n), at most 120, up to the 99.5th percentile or five IQR above the third
 * quartile, whichever comes first. Needs at least one sample.
 */
export function histogram(ms: ArrayLike<number>): Histogram {
  const ordered = sorted(ms)
  const from = ordered[0]!
  const upper = quantileOfSorted(ordered, 0.75)
  const spread = upper - quantileOfSorted(ordered, 0.25)
  const to = Math.min(quantileOfSorted(ordered, 0.995), spread > 0 ? upper + 5 * spread : Number.POSITIVE_INFINITY)
  const range = to - from
  if (range === 0) {
    const above = ordered.filter((value) => value > to).length
    return { from, width: 0, counts: [ordered.length - above], above }
  }
  const wanted = spread > 0 ? Math.ceil(range / ((2 * spread) / Math.cbrt(ordered.length))) : maxBins
  const bins = Math.min(Math.max(wanted, 1), maxBins)
  const width = range / bins
  const counts = new Array<number>(bins).fill(0)
  let above = 0
  for (const value of ordered) {
    if (value > to) above++
    else counts[Math.min(Math.floor((value - from) / width), bins - 1)]!++
  }
  return { from, width, counts, above }
}

/** Samples in the order they were taken, with the median, its 95 % interval and the 95th percentile. */
export function samplesOption(ms: ArrayLike<number>, time: Time, theme: ChartTheme): EChartsOption {
  const { median, ci95, p95, source } = time
  const line = (
    value: number,
    name: string,
    type: 'solid' | 'dashed',
    position: 'insideStartTop' | 'insideEndTop',
  ) => ({
    yAxis: value,
    name,
    lineStyle: { type, color: theme.ink, width: 1.25 },
    // Over the dots: without a ground of its own it could not be read.
    label: {
      formatter: name,
      color: theme.ink,
      position,
      fontSize: 11,
      backgroundColor: theme.surface,
      padding: [1, 3],
    },
  })
  const points = plottedSamples(ms)
  const lowest = Math.min(...points.map(([, value]) => value))
  const highest = Math.max(...points.map(([, value]) => value))
  // One run that the system held up for long would press all others onto the axis.
  const logarithmic = lowest > 0 && highest > outlying * median
  const axis = valueAxis(theme, `head and encoding, ms (${source})`, (value) => significant(value))
  return {
    ...frame(theme),
    grid: { top: 16, left: 72, right: 20, bottom: 44 },
    xAxis: {
      ...valueAxis(theme, 'run, in the order taken', (value) => significant(value, 6), 'below'),
      nameGap: 26,
      max: ms.length - 1,
    },
    yAxis: logarithmic ? { ...axis, type: 'log', min: lowest * 0.9 } : { ...axis, scale: true },
    series: [
      {
        name: 'runs',
        type: 'scatter',
        data: points,
        // All of them in one frame: a chart that is drawn in parts is exported in parts.
        progressive: 0,
        symbolSize: 3,
        itemStyle: { color: theme.parts.device, opacity: 0.6 },
        markLine: {
          silent: true,
          symbol: 'none',
          z: 6,
          data: [
            line(median, `median ${significant(median)} ms`, 'solid', 'insideStartTop'),
            line(p95, `95th percentile ${significant(p95)} ms`, 'dashed', 'insideEndTop'),
          ],
        },
      },
      {
        name: '95 % interval of the median',
        type: 'line',
        data: [
          [0, ci95[0]],
          [ms.length - 1, ci95[0]],
          [ms.length - 1, ci95[1]],
          [0, ci95[1]],
          [0, ci95[0]],
        ],
        symbol: 'none',
        silent: true,
        lineStyle: { color: theme.muted, width: 1 },
      },
    ],
  }
}

export function histogramOption(bins: Histogram, time: Time, theme: ChartTheme): EChartsOption {
  const { from, width, counts, above } = bins
  const share = (time.median - from) / (width * counts.length)
  return {
    ...frame(theme),
    grid: { top: 26, left: 64, right: 20, bottom: 44 },
    xAxis: {
      ...valueAxis(
        theme,
        `ms (${time.source})${above > 0 ? `; ${above} runs beyond the right edge` : ''}`,
        (value) => significant(value),
        'below',
      ),
      nameGap: 26,
      min: from,
      max: from + Math.max(width * counts.length, from * 1e-6),
    },
    yAxis: { ...valueAxis(theme, 'runs', (value) => significant(value, 6)), nameGap: 46, minInterval: 1 },
    series: [
      {
        name: 'runs',
        type: 'custom',
        data: counts.map((count, index) => [from + index * width, from + (index + 1) * width, count]),
        encode: { x: [0, 1], y: 2 },
        itemStyle: { color: theme.parts.device },
        renderItem: (_params, api) => {
          const [left, top] = api.coord([api.value(0), api.value(2)]) as [number, number]
          const [right, bottom] = api.coord([api.value(1), 0]) as [number, number]
          const shape = { x: left, y: top, width: Math.max(right - left - 1, 1), height: bottom - top }
          return { type: 'rect', shape, style: { fill: theme.parts.device } }
        },
      },
      {
        name: 'median',
        type: 'line',
        data: [],
        markLine: {
          silent: true,
          symbol: 'none',
          data: [
            {
              xAxis: time.median,
              lineStyle: { type: 'solid', color: theme.ink, width: 1.25 },
              label: {
                formatter: `median ${significant(time.median)} ms`,
                color: theme.ink,
                fontSize: 11,
                // At an edge its name would run into the numbers of the axis.
                align: share < 0.25 ? 'left' : share > 0.75 ? 'right' : 'center',
              },
            },
          ],
        },
      },
    ],
  }
}
