import { significant } from '../../units.ts'
import { valueAxis } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'
import { slotColour, slotDash } from '../theme.ts'
import type { Cell, Drawing } from './drawing.ts'
import { logScale, sheet } from './drawing.ts'
import { nothingToShow } from './records.ts'

/** Features of the same images at a partition point, of one network; decoded where they cross as codes. */
export interface FeatureSet {
  point: string
  /** "unpruned", or what pruned it. */
  network: string
  values: Float32Array
}

export const unprunedNetwork = 'unpruned'
const bins = 40
const mostPoints = 3

export interface Distribution {
  mean: number
  std: number
  zeroShare: number
  /** Quantiles, evenly from the least to the largest value. */
  quantiles: Float64Array
  /** Share of the values in each bin of the point's common range. */
  density: number[]
}

const quantileCount = 1001

export function distributionOf(values: Float32Array, [low, high]: readonly [number, number]): Distribution {
  const sorted = Float64Array.from(values).sort()
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  const std = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length)
  const density = Array<number>(bins).fill(0)
  const perBin = (high - low) / bins || 1
  for (const value of sorted) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - low) / perBin)))
    density[bin] = density[bin]! + 1 / sorted.length
  }
  const quantiles = Float64Array.from(
    { length: quantileCount },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (quantileCount - 1))]!,
  )
  return { mean, std, zeroShare: sorted.filter((value) => value === 0).length / sorted.length, quantiles, density }
}

/** Mean distance of equal quantiles (first Wasserstein distance), in standard deviations of the first. */
export function shiftOf(from: Distribution, to: Distribution): number {
  const distance = from.quantiles.reduce((sum, value, index) => sum + Math.abs(value - to.quantiles[index]!), 0)
  return from.std === 0 ? 0 : distance / from.quantiles.length / from.std
}

interface Panel {
  point: string
  range: readonly [number, number]
  lines: { network: string; distribution: Distribution; shift: number | null }[]
}

/** Of points that both the unpruned and a pruned network have: the first, a middle and the last one. */
function panelsOf(sets: readonly FeatureSet[]): Panel[] {
  const points = [...new Set(sets.map(({ point }) => point))].filter((point) => {
    const own = sets.filter((one) => one.point === point)
    return own.some(({ network }) => network === unprunedNetwork) && own.length > 1
  })
  const picked = new Set(
    points.length <= mostPoints ? points : [points[0]!, points[Math.floor(points.length / 2)]!, points.at(-1)!],
  )
  return [...picked].map((point) => {
    const own = sets.filter((one) => one.point === point)
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const { values } of own) {
      for (const value of values) {
        low = Math.min(low, value)
        high = Math.max(high, value)
      }
    }
    const range = [low, high] as const
    const plain = distributionOf(own.find(({ network }) => network === unprunedNetwork)!.values, range)
    return {
      ...{ point, range },
      lines: own.map(({ network, values }) => {
        const distribution = network === unprunedNetwork ? plain : distributionOf(values, range)
        return { network, distribution, shift: network === unprunedNetwork ? null : shiftOf(plain, distribution) }
      }),
    }
  })
}

const height = 520

/**
 * SAFBMP (Li et al. 2023), Figure 3: the distribution of features before and after pruning at a shallow, a middle and a deep
 * point, of the same images. The paper reads from it that deep layers shift more. `description`: of the record.
 */
export function safbmp2023Figure3(sets: readonly FeatureSet[], images: number, description: string): Drawing {
  const panels = panelsOf(sets)
  if (panels.length === 0) {
    nothingToShow(
      'no features of both the unpruned and a pruned network at one point',
      'Compare with --frameworks only-splitting,two-step,safbmp, and name the folder of that run.',
    )
  }
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ network }) => network)))]
  const width = Math.max(760, 400 * panels.length)
  return {
    ...{ width, height, columns },
    rows: panels.flatMap(({ point, range: [low, high], lines }) =>
      lines.flatMap(({ network, distribution: { mean, std, zeroShare, density }, shift }) =>
        density.map((share, bin): Cell[] => [
          ...[point, network, mean, std, zeroShare, shift],
          ...[low + (bin * (high - low)) / bins, low + ((bin + 1) * (high - low)) / bins, share],
        ]),
      ),
    ),
    option(theme: ChartTheme) {
      const { base, boxes } = sheet(theme, {
        ...{ title: 'Features before and after pruning', names, width, height, across: panels.length },
        caption: [
          `${description}. ${images} images of the check data; shares of all values per bin (${bins} bins, log scale).`,
          `Distance to the unpruned network (mean distance of equal quantiles, in its standard deviations): ${panels.map(({ point, lines }) => `${point}: ${lines.flatMap(({ network, shift }) => (shift === null ? [] : [`${network} ${significant(shift)}`])).join(', ')}`).join('; ')}.`,
          'Published: pictures without numbers; nothing hollow can be drawn.',
        ],
      })
      const shares = panels.flatMap(({ lines }) => lines.flatMap(({ distribution: { density } }) => density))
      const percent = (value: number): string => `${significant(100 * value)} %`
      return {
        ...base,
        grid: boxes,
        xAxis: panels.map(({ point, range: [low, high] }, gridIndex) => ({
          ...valueAxis(theme, `value of a feature, ${point}`, (value) => significant(value), 'below'),
          ...{ gridIndex, min: low, max: high },
          // The ends of the range are no round numbers.
          axisLabel: {
            color: theme.ink,
            fontSize: 11,
            showMinLabel: false,
            showMaxLabel: false,
            formatter: (value: number) => significant(value),
          },
        })),
        yAxis: panels.map((_, gridIndex) => ({
          ...valueAxis(theme, gridIndex === 0 ? 'share of the values (log scale)' : '', percent),
          ...logScale(shares, theme, percent),
          gridIndex,
        })),
        series: panels.flatMap(({ range: [low, high], lines }, index) =>
          lines.map(({ network, distribution: { density } }) => {
            const slot = names.indexOf(network)
            const at = (bin: number): number => low + ((bin + 0.5) * (high - low)) / bins
            return {
              ...{ xAxisIndex: index, yAxisIndex: index, name: network, type: 'line' as const, symbol: 'none' },
              data: density.map((share, bin) => [at(bin), share > 0 ? share : null]),
              step: 'middle' as const,
              itemStyle: { color: slotColour(theme, slot) },
              lineStyle: { color: slotColour(theme, slot), type: slotDash(slot), width: 2 },
            }
          }),
        ),
      }
    },
  }
}

const columns: readonly string[] = [
  'partition_point',
  'network',
  'mean',
  'standard_deviation',
  'zero_share',
  'distance_to_unpruned_in_standard_deviations',
  'bin_from',
  'bin_to',
  'share_of_values',
]
