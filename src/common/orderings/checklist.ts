import type { Comparison } from '../contract/result.ts'
import { codecOrderings } from './codecs.ts'
import type { ChecklistRow, Ordering } from './ordering.ts'
import { pruningOrderings } from './pruning.ts'

/** Every claim that can be judged by a comparison, in the order of the frameworks. */
export const orderings: readonly Ordering[] = [...pruningOrderings, ...codecOrderings]

/** The claims beside what a comparison shows: those that do not hold too, and those that it cannot judge. */
export const checklist = (comparison: Comparison): ChecklistRow[] =>
  orderings.map(({ observe, ...claim }) => ({ ...claim, ...(observe(comparison) ?? { observed: null, holds: null }) }))
