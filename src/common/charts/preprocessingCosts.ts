import type { EChartsOption } from 'echarts'
import type { PreprocessingResult } from '../contract/preprocessing.ts'
import { operators } from '../experiment/preprocessing.ts'
import { preprocessingSpot } from '../experiment/preprocessingSummary.ts'
import { significant } from '../units.ts'
import { frame, legend, valueAxis } from './axes.ts'
import { operatorLabel, operatorSlots } from './preprocessing.ts'
import type { ChartTheme } from './theme.ts'
import { slotColour, slotDash, slotMarker } from './theme.ts'

/** Seconds of a training with all that comes before it (learning and applying the operator), over training images. */
export function preprocessingTimeOption(result: PreprocessingResult, theme: ChartTheme): EChartsOption {
  return {
    ...frame(theme),
    legend: legend(theme, result.operators.map(operatorLabel)),
    grid: { top: 48, bottom: 46, left: 64, right: 24 },
    xAxis: {
      ...valueAxis(theme, 'training images, thousands', (value) => String(value), 'below'),
      min: 0,
      max: Math.max(...result.images) / 1000,
    },
    yAxis: { ...valueAxis(theme, 'pre-processing and training, s', (value) => significant(value)), min: 0 },
    series: result.operators.map((operator) => ({
      name: operatorLabel(operator),
      type: 'line' as const,
      data: result.images.flatMap((images) => {
        const spot = preprocessingSpot(result, operator, images)
        return spot ? [[images / 1000, spot.preparingS + spot.trainS]] : []
      }),
      ...slotMarker(theme, operatorSlots[operator]),
      symbolSize: 8,
      showAllSymbol: true,
      lineStyle: {
        color: slotColour(theme, operatorSlots[operator]),
        type: slotDash(operatorSlots[operator]),
        width: 2,
      },
    })),
  }
}

/** Accuracy against the bytes of an image on the link, at the largest size that an operator was trained with. */
export function preprocessingTrafficOption(result: PreprocessingResult, theme: ChartTheme): EChartsOption {
  const dots = result.operators.flatMap((operator) => {
    const images = result.images.findLast((count) => preprocessingSpot(result, operator, count))
    const spot = images === undefined ? null : preprocessingSpot(result, operator, images)
    return spot ? [{ operator, bytes: operators[operator].bytes, accuracy: spot.accuracy }] : []
  })
  const accuracies = dots.map(({ accuracy }) => accuracy)
  return {
    ...frame(theme),
    legend: legend(theme, result.operators.map(operatorLabel)),
    grid: { top: 48, bottom: 46, left: 64, right: 24 },
    xAxis: {
      ...valueAxis(theme, 'payload of an image, B', (value) => significant(value), 'below'),
      type: 'log',
      min: 10,
      max: 1000,
    },
    yAxis: {
      ...valueAxis(theme, 'accuracy, %', (value) => significant(100 * value)),
      min: accuracies.length > 0 ? Math.floor(20 * Math.min(...accuracies)) / 20 : 0,
      max: 1,
    },
    series: dots.map(({ operator, bytes, accuracy }) => ({
      name: operatorLabel(operator),
      type: 'scatter' as const,
      data: [[bytes, accuracy]],
      ...slotMarker(theme, operatorSlots[operator]),
      symbolSize: 12,
    })),
  } as EChartsOption
}
