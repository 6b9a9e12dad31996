import { paperTheme } from '#common/charts/paperTheme.ts'
import { preprocessingColumns, preprocessingOption, preprocessingRows } from '#common/charts/preprocessing.ts'
import { readPreprocessing } from '../experiments/preprocessingFile.ts'
import { encodeCsv } from '../reports/csv.ts'
import type { Figure } from './figure.ts'
import { svgFile } from './svg.ts'

const width = 1000
const height = 560

/** Huang et al. (ICNP 2017): accuracy over the size of the training data, with and without pre-processing at the edge. */
export const huang2017: Figure = {
  title: 'Accuracy over training images, by what the edge makes of them',
  draw(run) {
    const result = readPreprocessing(run)
    return {
      svg: svgFile(preprocessingOption(result, paperTheme), width, height),
      csv: encodeCsv([preprocessingColumns, ...preprocessingRows(result)]),
    }
  },
}
