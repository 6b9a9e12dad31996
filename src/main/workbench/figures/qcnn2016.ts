import { lookupSpeedUpColumns, lookupSpeedUpOption, lookupSpeedUpRows } from '#common/charts/lookupSpeedUps.ts'
import { captioned } from '#common/charts/papers/drawing.ts'
import { describeSetting } from '#common/charts/papers/records.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import type { Comparison } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { speedUps } from '#common/lookup/speedUps.ts'
import type { Figure } from './figure.ts'
import { filesOf } from './figure.ts'
import { comparisonsOf, single } from './records.ts'

const width = 1000
const height = 640

/** Q-CNN (Wu et al., CVPR 2016), its table of speed-up, size and loss: heads that look up beside the same heads as layers. */
export const qcnn2016: Figure = {
  title: 'Speed-up of heads that look products up: measured, and in theory',
  needs: 'one comparison with q-cnn, timed here',
  draw(records) {
    const run = single(records)
    const [comparison] = comparisonsOf([run]) as [Comparison]
    if (speedUps(comparison).length === 0) {
      throw new CodedError(
        'bad-data',
        `${run} has no head that looks products up.`,
        'Compare with --frameworks q-cnn, and name that run.',
      )
    }
    const option = (theme: ChartTheme) => lookupSpeedUpOption(comparison, theme)
    const caption = `${describeSetting([comparison])}. Hollow: published, of another network and machine; not measured here.`
    return filesOf({
      ...captioned({ width, height, option }, [caption]),
      ...{ columns: lookupSpeedUpColumns, rows: lookupSpeedUpRows(comparison) },
    })
  },
}
