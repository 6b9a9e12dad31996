import { preprocessingColumns, preprocessingOption, preprocessingRows } from '#common/charts/preprocessing.ts'
import type { Figure } from './figure.ts'
import { filesOf } from './figure.ts'
import { preprocessingOf } from './records.ts'

const width = 1000
const height = 560

/** Huang et al. (ICNP 2017): accuracy over the size of the training data, with and without pre-processing at the edge. */
export const huang2017: Figure = {
  title: 'Accuracy over training images, by what the edge makes of them',
  needs: 'one sweep over pre-processing (splitbench preprocess), all its seeds',
  draw(records) {
    const result = preprocessingOf(records)
    return filesOf({
      ...{ width, height, columns: preprocessingColumns, rows: preprocessingRows(result) },
      option: (theme) => preprocessingOption(result, theme),
    })
  },
}
