import type { Comparison } from '../contract/result.ts'
import { channelOrderings } from './channel.ts'
import { codecOrderings } from './codecs.ts'
import { energyOrderings } from './energy.ts'
import { lookupOrderings } from './lookups.ts'
import type { ChecklistRow, Ordering } from './ordering.ts'
import { pruningOrderings } from './pruning.ts'
import { twoStepOrderings } from './twoStep.ts'

/** Of reports: those of one framework follow each other. */
const order = ['only-splitting', 'two-step', 'bottlenet', 'bottlenet-pp', 'ccto', 'safbmp', 'jscc', 'q-cnn']

/** Every claim about what a comparison holds, in the order of the frameworks. */
export const orderings: readonly Ordering[] = [
  ...[
    ...pruningOrderings,
    ...twoStepOrderings,
    ...codecOrderings,
    ...energyOrderings,
    ...channelOrderings,
    ...lookupOrderings,
  ],
].sort((a, b) => order.indexOf(a.framework) - order.indexOf(b.framework))

/** The claims beside what a comparison shows: those that do not hold too, and those that it cannot judge. */
export const checklist = (comparison: Comparison): ChecklistRow[] =>
  orderings.map(({ observe, needs, ...claim }) => {
    const observation = observe(comparison)
    return observation
      ? { ...claim, ...observation, reason: null }
      : { ...claim, observed: null, holds: null, reason: whyNot(comparison, needs) }
  })

function whyNot({ candidates }: Comparison, needs: readonly string[]): string {
  const missing = needs.filter((name) => !candidates.some(({ framework }) => framework === name))
  return missing.length > 0
    ? `not run: ${missing.join(', ')}`
    : 'too few of its settings were run, inside the bound, or timed'
}
