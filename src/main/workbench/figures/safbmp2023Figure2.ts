import { criterionSweepColumns, criterionSweepOption, criterionSweepRows } from '#common/charts/criterionSweep.ts'
import type { Figure } from './figure.ts'
import { filesOf } from './figure.ts'
import { sweepOf } from './records.ts'

const width = 1400
const height = 900

/** SAFBMP (Li et al. 2023), Figure 2: accuracy of networks of which one layer was pruned, by criterion, depth and ratio. */
export const safbmp2023Figure2: Figure = {
  title: 'Accuracy by criterion, depth and ratio, as pruned and after fine-tuning',
  needs: 'one sweep over pruning criteria (splitbench sweep), finished or not, all its seeds',
  draw(records) {
    const sweep = sweepOf(records)
    return filesOf({
      ...{ width, height, columns: criterionSweepColumns, rows: criterionSweepRows(sweep) },
      option: (theme) => criterionSweepOption(sweep, ['before', 'after'], theme, height),
    })
  },
}
