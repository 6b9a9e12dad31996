import type { FeatureShifts } from '../../contract/featureShifts.ts'
import { significant } from '../../units.ts'
import { valueAxis } from '../axes.ts'
import type { ChartTheme } from '../theme.ts'
import { slotColour, slotDash } from '../theme.ts'
import type { Cell, Drawing } from './drawing.ts'
import { logScale, sheet } from './drawing.ts'
import { nothingToShow } from './records.ts'

const height = 520

/**
 * SAFBMP (Li et al. 2023), Figure 3: the distribution of features before and after pruning at a shallow, a middle and a deep
 * point, of the same images. The paper reads from it that deep layers shift more. `description`: of the record.
 */
export function safbmp2023Figure3({ panels, images }: FeatureShifts, description: string): Drawing {
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
      lines.flatMap(({ network, mean, std, zeroShare, density, shift }) =>
        density.map((share, bin): Cell[] => [
          ...[point, network, mean, std, zeroShare, shift],
          ...[low + (bin * (high - low)) / density.length, low + ((bin + 1) * (high - low)) / density.length, share],
        ]),
      ),
    ),
    option(theme: ChartTheme) {
      const { base, boxes } = sheet(theme, {
        ...{ title: 'Features before and after pruning', names, width, height, across: panels.length },
        caption: [
          `${description}. ${images} images of the check data; shares of all values per bin (${panels[0]!.lines[0]!.density.length} bins, log scale).`,
          `Distance to the unpruned network (mean distance of equal quantiles, in its standard deviations): ${panels.map(({ point, lines }) => `${point}: ${lines.flatMap(({ network, shift }) => (shift === null ? [] : [`${network} ${significant(shift)}`])).join(', ')}`).join('; ')}.`,
          'Published: pictures without numbers; nothing hollow can be drawn.',
        ],
      })
      const shares = panels.flatMap(({ lines }) => lines.flatMap(({ density }) => density))
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
          lines.map(({ network, density }) => {
            const slot = names.indexOf(network)
            const at = (bin: number): number => low + ((bin + 0.5) * (high - low)) / density.length
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
