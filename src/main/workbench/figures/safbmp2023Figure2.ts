import { criterionSweepColumns, criterionSweepOption, criterionSweepRows } from '#common/charts/criterionSweep.ts'
import { captioned } from '#common/charts/papers/drawing.ts'
import { networkOf } from '#common/charts/papers/records.ts'
import type { ChartTheme } from '#common/charts/theme.ts'
import { formatCount } from '#common/units.ts'
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
    const { network, dataset, seeds, steps, batchSize } = sweep
    const option = (theme: ChartTheme) => criterionSweepOption(sweep, ['before', 'after'], theme, height)
    const caption = `${networkOf(sweep)}${network.pretrained ? `, weights ${network.pretrained}` : ''}; seeds ${seeds.join(', ')}; fine-tuning ${steps} steps of ${batchSize} images; ${formatCount(dataset.test)} test images. Grey: random's range over the seeds. Published: pictures without numbers; nothing hollow can be drawn.`
    return filesOf({
      ...captioned({ width, height, option }, [caption]),
      ...{ columns: criterionSweepColumns, rows: criterionSweepRows(sweep) },
    })
  },
}
