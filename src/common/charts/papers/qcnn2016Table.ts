import type { Comparison } from '../../contract/result.ts'
import { CodedError } from '../../errors.ts'
import { speedUps } from '../../lookup/speedUps.ts'
import { lookupSpeedUpColumns, lookupSpeedUpOption, lookupSpeedUpRows } from '../lookupSpeedUps.ts'
import type { ChartTheme } from '../theme.ts'
import type { Drawing } from './drawing.ts'
import { captioned } from './drawing.ts'
import { describeSetting, nothingToShow } from './records.ts'

const width = 1000
const height = 640

/** Q-CNN (Wu et al., CVPR 2016), its table of speed-up, size and loss: heads that look up beside the same heads as layers. */
export function qcnn2016Table(comparisons: readonly Comparison[]): Drawing {
  const [comparison] = comparisons as [Comparison]
  if (comparisons.length > 1) {
    const message = `This figure is drawn from one record, not from ${comparisons.length}.`
    throw new CodedError('bad-usage', message, 'Name one.')
  }
  if (speedUps(comparison).length === 0) {
    nothingToShow('no head that looks products up', 'Compare with --frameworks q-cnn, and name that run.')
  }
  const option = (theme: ChartTheme) => lookupSpeedUpOption(comparison, theme)
  const caption = `${describeSetting([comparison])}. Hollow: published, of another network and machine; not measured here.`
  return {
    ...captioned({ width, height, option }, [caption]),
    ...{ columns: lookupSpeedUpColumns, rows: lookupSpeedUpRows(comparison) },
  }
}
