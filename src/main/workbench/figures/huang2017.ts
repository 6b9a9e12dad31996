import { captioned } from '#common/charts/papers/drawing.ts'
import { preprocessingColumns, preprocessingOption, preprocessingRows } from '#common/charts/preprocessing.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
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
    const { dataset, seeds, epochs, batchSize } = result
    const option = (theme: ChartTheme) => preprocessingOption(result, theme)
    const caption = `LeNet-5 on ${dataset.name}, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}; ${epochs} epochs, batches of ${batchSize}. Hollow: published, of another data set; not measured here.`
    return filesOf({
      ...captioned({ width, height, option }, [caption]),
      ...{ columns: preprocessingColumns, rows: preprocessingRows(result) },
    })
  },
}
