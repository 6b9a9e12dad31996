import type { PaperFigure } from '#common/charts/papers/catalogue.ts'
import { featureFigure, paperFigures, plainSettings } from '#common/charts/papers/catalogue.ts'
import { describeSetting } from '#common/charts/papers/records.ts'
import { safbmp2023Figure3 } from '#common/charts/papers/safbmp2023Figure3.ts'
import { readComparison } from '../store/storedComparison.ts'
import { featureShiftsIn } from './features.ts'
import type { Figure } from './figure.ts'
import { filesOf } from './figure.ts'
import { comparisonsOf, single } from './records.ts'

const ofRecords = ({ title, needs, draw }: PaperFigure): Figure => ({
  title,
  needs,
  draw: (records, settings = plainSettings) => filesOf(draw(comparisonsOf(records), settings)),
})

/** Numbered figures and tables that are drawn from comparisons. */
export const comparisonFigures: Readonly<Record<string, Figure>> = {
  ...Object.fromEntries(Object.entries(paperFigures).map(([name, figure]) => [name, ofRecords(figure)])),
  'safbmp-2023-fig3': {
    title: featureFigure.title,
    needs: 'the folder of one comparison with only-splitting and two-step or safbmp; its candidates hold the features',
    draw(records) {
      const record = single(records)
      comparisonsOf([record])
      const { comparison, folder } = readComparison(record)
      return filesOf(safbmp2023Figure3(featureShiftsIn(comparison, folder), describeSetting([comparison])))
    },
  },
}
