import { criterionSweepColumns, criterionSweepOption, criterionSweepRows } from '#common/charts/criterionSweep.ts'
import { paperTheme } from '#common/charts/paperTheme.ts'
import { readSweep } from '../experiments/sweepFile.ts'
import { encodeCsv } from '../reports/csv.ts'
import type { Figure } from './figure.ts'
import { svgFile } from './svg.ts'

const width = 1400
const height = 900

/** SAFBMP (Li et al. 2023), Figure 2: accuracy of networks of which one layer was pruned, by criterion, depth and ratio. */
export const safbmp2023Figure2: Figure = {
  title: 'Accuracy by criterion, depth and ratio, as pruned and after fine-tuning',
  draw(run) {
    const sweep = readSweep(run)
    return {
      svg: svgFile(criterionSweepOption(sweep, ['before', 'after'], paperTheme, height), width, height),
      csv: encodeCsv([criterionSweepColumns, ...criterionSweepRows(sweep)]),
    }
  },
}
