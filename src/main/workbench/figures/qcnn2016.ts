import { lookupSpeedUpColumns, lookupSpeedUpOption, lookupSpeedUpRows } from '#common/charts/lookupSpeedUps.ts'
import { paperTheme } from '#common/charts/paperTheme.ts'
import { CodedError } from '#common/errors.ts'
import { speedUps } from '#common/lookup/speedUps.ts'
import { encodeCsv } from '../reports/csv.ts'
import { readComparison } from '../store/storedComparison.ts'
import type { Figure } from './figure.ts'
import { svgFile } from './svg.ts'

const width = 1000
const height = 640

/** Q-CNN (Wu et al., CVPR 2016), its table of speed-up, size and loss: heads that look up beside the same heads as layers. */
export const qcnn2016: Figure = {
  title: 'Speed-up of heads that look products up: measured, and in theory',
  draw(run) {
    const { comparison } = readComparison(run)
    if (speedUps(comparison).length === 0) {
      throw new CodedError(
        'bad-data',
        `${run} has no head that looks products up.`,
        'Compare with --frameworks q-cnn, and name that run.',
      )
    }
    return {
      svg: svgFile(lookupSpeedUpOption(comparison, paperTheme), width, height),
      csv: encodeCsv([lookupSpeedUpColumns, ...lookupSpeedUpRows(comparison)]),
    }
  },
}
