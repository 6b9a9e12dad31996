import type { EChartsOption } from 'echarts'
import { frame, legend, valueAxis } from '#common/charts/axes.ts'
import { stepTitle } from '#common/charts/series.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { slotColour, slotDash, slotMarker } from '#common/charts/theme.ts'
import type { Metric } from '#common/contract/job.ts'
import { significant } from '#common/units.ts'
import type { ExportTable } from '../export/table.ts'

type Metrics = ReadonlyMap<string, readonly Metric[]>

export interface LiveLine {
  stage: string
  name: string
  slot: number
  points: readonly (readonly [x: number, value: number])[]
}

const line = (metrics: Metrics, stage: string, key: string, name: string, slot: number): LiveLine => ({
  stage,
  name,
  slot,
  points: (metrics.get(stage) ?? []).flatMap(({ step, values }) => {
    const value = values[key]
    return value === undefined ? [] : [[step, value] satisfies [number, number]]
  }),
})
const drawnOnes = (lines: LiveLine[]): LiveLine[] => lines.filter(({ points }) => points.length > 0)

/** Loss of the baseline's training, per epoch. */
export const lossLines = (metrics: Metrics): LiveLine[] =>
  drawnOnes([line(metrics, 'baseline', 'loss', 'training loss', 0)])

/** Accuracies as fractions: of the baseline per epoch. */
export const accuracyLines = (metrics: Metrics): LiveLine[] =>
  drawnOnes([
    line(metrics, 'baseline', 'trainAccuracy', 'training images', 1),
    line(metrics, 'baseline', 'validationAccuracy', 'validation images', 0),
  ])

/**
 * Accuracy on validation images against the share of MACs that is left, as fractions. Step 2 has one line per layer that
 * it prunes for ("step2/conv4"); they share a name, and so a place in the legend.
 */
export const pruningLines = (metrics: Metrics): LiveLine[] =>
  drawnOnes(
    [...metrics].flatMap(([stage, tries]) => {
      if (stage === 'baseline') return []
      const [step = stage] = stage.split('/')
      const points = tries.flatMap(({ values: { macShare, validationAccuracy } }) =>
        macShare === undefined || validationAccuracy === undefined
          ? []
          : [[macShare, validationAccuracy] satisfies [number, number]],
      )
      return [{ stage, name: stepTitle(step), slot: stage.includes('/') ? 3 : 2, points }]
    }),
  )

/** Filters per layer in the newest try of each stage; step 2 changes one layer per stage. */
export function channelsLeft(metrics: Metrics): {
  layers: string[]
  stages: { name: string; slot: number; filters: (number | null)[] }[]
} {
  const prefix = 'filters/'
  const layers: string[] = []
  const newest = [...metrics].flatMap(([stage, points]) => {
    const last = points.at(-1)
    const filters = new Map(
      Object.entries(last?.values ?? {}).flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
      ),
    )
    if (filters.size === 0) return []
    for (const layer of filters.keys()) if (!layers.includes(layer)) layers.push(layer)
    return [{ stage, filters }]
  })
  const step1 = newest.find(({ stage }) => !stage.includes('/'))
  const own = newest.filter(({ stage }) => stage.includes('/'))
  const stages = [
    ...(step1
      ? [{ name: stepTitle(step1.stage), slot: 2, filters: layers.map((layer) => step1.filters.get(layer) ?? null) }]
      : []),
    ...(own.length > 0
      ? [
          {
            name: 'step 2 (each layer from the model pruned for it)',
            slot: 3,
            filters: layers.map(
              (layer) => own.find(({ stage }) => stage.endsWith(`/${layer}`))?.filters.get(layer) ?? null,
            ),
          },
        ]
      : []),
  ]
  return { layers, stages }
}

export const linesTable = (
  name: string,
  stepName: string,
  valueName: string,
  lines: readonly LiveLine[],
): ExportTable => ({
  name,
  columns: ['stage', 'series', stepName, valueName],
  rows: lines.flatMap(({ stage, name: series, points }) => points.map(([step, value]) => [stage, series, step, value])),
})

/**
 * `percent`: which axes show fractions as percent; `falling`: whether x goes from large to small; `plain`: a line without
 * markers, for curves of very many points.
 */
export function linesOption(
  lines: readonly LiveLine[],
  x: string,
  y: string,
  { percent, falling = false, plain = false }: { percent: readonly ('x' | 'y')[]; falling?: boolean; plain?: boolean },
  theme: ChartTheme,
): EChartsOption {
  const [fx, fy] = [percent.includes('x') ? 100 : 1, percent.includes('y') ? 100 : 1]
  const names = [...new Set(lines.map(({ name }) => name))]
  return {
    ...frame(theme),
    // Half a page wide, a legend of more names takes two rows.
    grid: { top: names.length > 5 ? 52 : 30, left: 54, right: 16, bottom: 40 },
    legend: legend(theme, names),
    xAxis: {
      ...valueAxis(theme, x, (value) => significant(value), 'below'),
      nameGap: 24,
      inverse: falling,
      minInterval: percent.includes('x') ? 0 : 1,
      scale: falling,
      splitLine: { show: false },
    },
    yAxis: { ...valueAxis(theme, y, (value) => significant(value)), nameGap: 40, scale: true },
    series: lines.map(({ name, slot, points }) => ({
      name,
      type: 'line' as const,
      data: points.map(([step, value]) => [step * fx, value * fy]),
      ...slotMarker(theme, slot),
      symbolSize: 6,
      ...(plain && { symbol: 'none' }),
      lineStyle: {
        color: slotColour(theme, slot),
        type: plain ? ('solid' as const) : slotDash(slot),
        width: plain ? 1.5 : 2,
      },
    })),
  }
}

export function channelsOption({ layers, stages }: ReturnType<typeof channelsLeft>, theme: ChartTheme): EChartsOption {
  return {
    ...frame(theme),
    grid: { top: 30, left: 54, right: 16, bottom: 52 },
    legend: legend(
      theme,
      stages.map(({ name }) => name),
    ),
    xAxis: {
      type: 'category',
      data: layers,
      axisLabel: { color: theme.ink, rotate: 40, interval: 0, fontSize: 11 },
      axisTick: { alignWithLabel: true },
    },
    yAxis: { ...valueAxis(theme, 'filters left', (value) => significant(value)), nameGap: 40, minInterval: 1 },
    series: stages.map(({ name, slot, filters }) => ({
      name,
      type: 'bar' as const,
      data: filters,
      barMaxWidth: 14,
      itemStyle: { color: slotColour(theme, slot) },
    })),
  }
}
