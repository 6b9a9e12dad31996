import type { EChartsOption } from 'echarts'
import type { Sweep } from '../contract/sweep.ts'
import type { CriterionName } from '../experiment/criteria.ts'
import type { SweepStage } from '../experiment/sweepSummary.ts'
import { stageTitles, sweepSpot } from '../experiment/sweepSummary.ts'
import { frame, legend, valueAxis } from './axes.ts'
import type { ChartTheme } from './theme.ts'
import { slotColour, slotDash, slotMarker } from './theme.ts'

/** A criterion has its colour in every sweep. Random is grey: it is what the others must beat. */
const slots: Record<CriterionName, number> = {
  taylor: 0,
  'taylor-epoch': 0,
  l1: 1,
  chip: 2,
  'feature-bias': 3,
  'feature-bias-empirical': 3,
  'feature-bias-literal': 3,
  hrank: 4,
  l2: 5,
  'bn-scale': 6,
  random: 7,
}

const unpruned = 'unpruned'
const percent = (value: number): string => `${Math.round(100 * value)} %`
const removed = (ratio: number): string => `${percent(ratio)} of the channels removed`

/** Pixels above the drawings, for the legend, and below each of them, for the names of layers and of the ratio. */
const above = 44
const below = 74
const leftOf = 64

/**
 * Depth × ratio × accuracy per criterion (SAFBMP, Li et al. 2023, Figure 2): a drawing per ratio, from left to right,
 * and a row of them per stage; lines are means over the seeds, the grey band is what random varies by between seeds.
 * `height`: of the whole chart in pixels.
 */
export function criterionSweepOption(
  sweep: Pick<Sweep, 'criteria' | 'depths' | 'ratios' | 'cells' | 'baseline'>,
  stages: readonly SweepStage[],
  theme: ChartTheme,
  height: number,
): EChartsOption {
  const { ratios, criteria } = sweep
  const places = stages.flatMap((stage, row) => ratios.map((ratio, column) => ({ stage, row, ratio, column })))
  const depths = sweep.depths.map(({ name }) => name)
  const share = 100 / ratios.length
  const rowHeight = (height - above) / stages.length
  return {
    ...frame(theme),
    legend: legend(theme, [...criteria, unpruned]),
    grid: places.map(({ row, column }) => ({
      top: above + row * rowHeight,
      height: rowHeight - below,
      left: column === 0 ? leftOf : `${column * share + 4}%`,
      right: `${100 - (column + 1) * share + 1}%`,
    })),
    xAxis: places.map(({ stage, ratio }, index) => ({
      type: 'category' as const,
      gridIndex: index,
      data: depths,
      name: `${removed(ratio)}, ${stageTitles[stage]}`,
      nameLocation: 'middle' as const,
      nameGap: 46,
      nameTextStyle: { color: theme.ink, fontSize: 12 },
      axisLabel: { color: theme.ink, rotate: 20, interval: 0, fontSize: 11 },
      axisLine: { lineStyle: { color: theme.muted }, onZero: false },
      axisTick: { alignWithLabel: true, lineStyle: { color: theme.muted } },
    })),
    yAxis: places.map(({ column, row }, index) => ({
      ...valueAxis(theme, column === 0 ? 'accuracy' : '', percent),
      nameGap: 46,
      gridIndex: index,
      ...bounds(sweep, stages[row]!),
      // The scale is that of the first drawing in the row.
      ...(column > 0 && { axisLabel: { show: false } }),
    })),
    series: places.flatMap(({ stage, ratio }, index) => {
      const axes = { xAxisIndex: index, yAxisIndex: index }
      const spots = (criterion: CriterionName) =>
        depths.map((depth) => sweepSpot(sweep, stage, { criterion, depth, ratio }))
      return [
        ...(criteria.includes('random') ? band(spots('random'), index, theme, axes) : []),
        ...criteria.map((criterion) => ({
          ...axes,
          name: criterion,
          type: 'line' as const,
          data: spots(criterion).map(({ mean }) => mean),
          ...slotMarker(theme, slots[criterion]),
          // The second reading of Taylor has the colour of the first.
          ...(criterion === 'taylor-epoch' && { symbol: 'pin' }),
          symbolSize: 7,
          showAllSymbol: true,
          lineStyle: { color: slotColour(theme, slots[criterion]), type: slotDash(slots[criterion]), width: 2 },
        })),
        {
          ...axes,
          name: unpruned,
          type: 'line' as const,
          data: depths.map(() => sweep.baseline.accuracy),
          symbol: 'none',
          itemStyle: { color: theme.ink },
          lineStyle: { color: theme.ink, type: 'dashed' as const, width: 1.5 },
        },
      ]
    }),
  }
}

/** One scale for all ratios of a stage, in steps of 10 points. */
function bounds(
  { cells, baseline }: Pick<Sweep, 'cells' | 'baseline'>,
  stage: SweepStage,
): { min: number; max: number } {
  const values = [baseline.accuracy, ...cells.map((cell) => cell[stage])]
  return {
    min: Math.floor(10 * Math.min(...values)) / 10,
    max: Math.ceil(10 * Math.max(...values)) / 10,
  }
}

/** Two stacked lines that nobody sees, the upper one filled down to the lower. */
function band(
  spots: { min: number | null; max: number | null }[],
  index: number,
  theme: ChartTheme,
  axes: { xAxisIndex: number; yAxisIndex: number },
) {
  const edge = {
    ...axes,
    type: 'line' as const,
    stack: `random ${index}`,
    // Values of a random network may lie below another stack's: each is added as it is.
    stackStrategy: 'all' as const,
    symbol: 'none',
    silent: true,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
  }
  return [
    { ...edge, name: 'least of random', data: spots.map(({ min }) => min) },
    {
      ...edge,
      name: 'range of random',
      data: spots.map(({ min, max }) => (min === null ? null : max! - min)),
      areaStyle: { color: slotColour(theme, slots.random), opacity: 0.25 },
    },
  ]
}

/** The numbers of the figure, one row per criterion, depth and ratio. */
export const criterionSweepColumns: readonly string[] = [
  'criterion',
  'depth',
  'channels_removed_share',
  'seeds',
  ...(['before', 'after'] as const).flatMap((stage) =>
    ['mean', 'min', 'max'].map((what) => `accuracy_${stage === 'before' ? 'as_pruned' : 'fine_tuned'}_${what}`),
  ),
]

export function criterionSweepRows(
  sweep: Pick<Sweep, 'criteria' | 'depths' | 'ratios' | 'cells'>,
): (string | number | null)[][] {
  return sweep.criteria.flatMap((criterion) =>
    sweep.depths.flatMap(({ name: depth }) =>
      sweep.ratios.map((ratio) => {
        const where = { criterion, depth, ratio }
        const [before, after] = [sweepSpot(sweep, 'before', where), sweepSpot(sweep, 'after', where)]
        return [
          ...[criterion, depth, ratio, before.seeds],
          ...[before, after].flatMap(({ mean, min, max }) => [mean, min, max]),
        ]
      }),
    ),
  )
}
