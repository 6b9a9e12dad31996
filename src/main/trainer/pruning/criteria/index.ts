import type { CriterionName } from '#common/experiment/criteria.ts'
import type { Criterion } from './criterion.ts'
import { featureBias, featureBiasMeasured, rectifierBias } from './featureBias.ts'
import { bnScale, l1, l2, randomScore } from './norms.ts'
import { chip, hrank } from './ranks.ts'
import { taylor, taylorPerEpoch } from './taylor.ts'

const criteria: Record<CriterionName, (options: { flopsRegulariser: number }) => Criterion> = {
  taylor: ({ flopsRegulariser }) => taylor(flopsRegulariser),
  'taylor-epoch': () => taylorPerEpoch,
  'feature-bias': () => featureBias,
  'feature-bias-empirical': () => featureBiasMeasured,
  'feature-bias-literal': () => rectifierBias,
  chip: () => chip,
  hrank: () => hrank,
  l1: () => l1,
  l2: () => l2,
  'bn-scale': () => bnScale,
  random: () => randomScore,
}

export const criterionNamed = (name: CriterionName, options: { flopsRegulariser: number }): Criterion =>
  criteria[name](options)
