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
  name: string
  slot: number
  points: [step: number, value: number][]
}

const line = (metrics: Metrics, stage: string, key: string, name: string, slot: number): LiveLine => ({
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

/** Accuracy on validation images against the iterations of pruning, as fractions. */
export const pruningLines = (metrics: Metrics): LiveLine[] =>
  drawnOnes(
    [...metrics.keys()]
      .filter((stage) => stage !== 'baseline')
      .map((stage, index) =>
        line(
          metrics,
          stage,
          'validationAccuracy',
          stepTitle(stage).replace('/', ' · '),
          stage === 'step1' ? 2 : 3 + index,
        ),
      ),
  )

/** Filters that are left per layer after the newest step of each stage; step 2 changes one layer per stage. */
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
  columns: ['series', stepName, valueName],
  rows: lines.flatMap(({ name: series, points }) => points.map(([step, value]) => [series, step, value])),
})

/** `factor` 100 shows fractions as percent. */
export function linesOption(
  lines: readonly LiveLine[],
  x: string,
  y: string,
  factor: number,
  theme: ChartTheme,
): EChartsOption {
  return {
    ...frame(theme),
    grid: { top: 30, left: 54, right: 16, bottom: 40 },
    legend: legend(
      theme,
      lines.map(({ name }) => name),
    ),
    xAxis: {
      ...valueAxis(theme, x, (value) => significant(value), 'below'),
      nameGap: 24,
      minInterval: 1,
      splitLine: { show: false },
    },
    yAxis: { ...valueAxis(theme, y, (value) => significant(value)), nameGap: 40, scale: true },
    series: lines.map(({ name, slot, points }) => ({
      name,
      type: 'line' as const,
      data: points.map(([step, value]) => [step, value * factor]),
      ...slotMarker(theme, slot),
      symbolSize: 6,
      lineStyle: { color: slotColour(theme, slot), type: slotDash(slot), width: 2 },
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
