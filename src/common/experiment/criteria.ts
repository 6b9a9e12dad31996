import { CodedError } from '../errors.ts'

/** Pruning criteria by the names that users type (frameworks.md §6, §11.4, §13). */
export const criterionTitles = {
  taylor: 'Taylor (Molchanov 2017), absolute value per example',
  'taylor-epoch': 'Taylor, absolute value after the whole pass (published code of Shi et al.)',
  'feature-bias': 'Feature bias (SAFBMP)',
  'feature-bias-empirical': 'Feature bias measured: each channel masked in turn (SAFBMP, second reading)',
  'feature-bias-literal': 'Bias of the non-linearity itself (SAFBMP, Eq. 4 to the letter)',
  chip: 'CHIP, channel independence (Sui 2021)',
  hrank: 'HRank (Lin 2020)',
  l1: 'L1 norm (PFEC, Li 2017)',
  l2: 'L2 norm, soft pruning (SFP, He 2018)',
  'bn-scale': 'Scale of batch normalisation (Liu 2017)',
  random: 'Random',
} as const
export type CriterionName = keyof typeof criterionTitles
export const criterionNames = Object.keys(criterionTitles) as CriterionName[]

/** Throws `unknown-name` with the names there are. */
export function parseCriterion(text: string): CriterionName {
  if (Object.hasOwn(criterionTitles, text)) return text as CriterionName
  throw new CodedError('unknown-name', `Unknown criterion "${text}".`, `Criteria: ${criterionNames.join(', ')}.`)
}

/** Other readings of a criterion are compared only where they are named: they answer the same question as the first. */
const otherReadings: readonly CriterionName[] = ['taylor-epoch', 'feature-bias-empirical', 'feature-bias-literal']
const comparedByDefault = criterionNames.filter((name) => !otherReadings.includes(name))

/** "all" (one reading of each), or names separated by commas. Throws `unknown-name`. */
export function parseCriteria(text: string): CriterionName[] {
  if (text === 'all') return comparedByDefault
  const asked = text.split(',').map((name) => parseCriterion(name.trim()))
  return criterionNames.filter((name) => asked.includes(name))
}
