import { pointOrder } from '../charts/series.ts'
import type { Comparison } from '../contract/result.ts'
import { parseLink } from '../latency/links.ts'
import { shi2019 } from '../latency/shi2019.ts'
import { bestWithin, computationRatio, macRatio, shiSeries } from '../latency/shiCuts.ts'
import { significant } from '../units.ts'
import type { Ordering } from './ordering.ts'

const frameworks = ['only-splitting', 'two-step']

/** Losses of step 2 on test images per point, points. */
function step2Losses(comparison: Comparison): { point: string; loss: number }[] {
  const order = pointOrder(comparison)
  return comparison.candidates
    .filter(({ framework, step }) => framework === 'two-step' && step === 'step2')
    .map(({ partitionPoint, accuracyLoss }) => ({ point: partitionPoint, loss: 100 * accuracyLoss }))
    .sort((a, b) => order.indexOf(a.point) - order.indexOf(b.point))
}

/** What of §7.7 is about computation, about the best cut, and about where accuracy is lost. */
export const twoStepOrderings: readonly Ordering[] = [
  {
    framework: 'two-step',
    section: '7.7',
    needs: frameworks,
    claim: 'step 1 computes the whole network 5 to 9 times faster',
    published: '6.01 times [S]; 5.7 and 9.6 times by two authors’ logs [C]',
    observe(comparison) {
      const macs = macRatio(comparison, 'step1')
      if (!macs) return null
      const { best } = computationRatio(comparison, 'step1')
      const ratio = best?.ratio ?? macs.ratio
      return {
        holds: ratio >= 5 && ratio <= 9,
        observed: `${best ? `${significant(best.ratio)} times in time` : 'not timed'}, ${significant(macs.ratio)} times fewer MACs`,
      }
    },
  },
  {
    framework: 'two-step',
    section: '7.7',
    needs: frameworks,
    claim: 'at γ 5 the fastest cut is the input at WiFi and an internal point at 3G',
    published: 'input at WiFi and 4G, pool2 at 3G, reconstructed from the authors’ logs [C]',
    observe(comparison) {
      const { twoStep } = shiSeries(comparison)
      const [wifi, slow] = ['wifi', '3g'].map((link) => bestWithin(twoStep, shi2019.gamma, parseLink(link))?.cut.point)
      if (wifi === undefined || slow === undefined) return null
      return {
        holds: wifi === 'input' && slow !== 'input' && slow !== 'output',
        observed: `${wifi} at WiFi, ${slow} at 3G`,
      }
    },
  },
  {
    framework: 'two-step',
    section: '7.7',
    needs: frameworks,
    claim: 'early layers lose the most in step 2, late ones nothing',
    published: 'most at conv2 and at conv4; late layers gain over step 1 [R]',
    observe(comparison) {
      const losses = step2Losses(comparison)
      if (losses.length < 4) return null
      const half = Math.floor(losses.length / 2)
      const mean = (some: typeof losses): number => some.reduce((sum, { loss }) => sum + loss, 0) / some.length
      const [early, late] = [mean(losses.slice(0, half)), mean(losses.slice(-half))]
      const most = losses.reduce((a, b) => (b.loss > a.loss ? b : a))
      return {
        holds: losses.indexOf(most) < half && late < early,
        observed: `most at ${most.point}, ${significant(most.loss)} pt; first half ${significant(early)} pt, second half ${significant(late)} pt in the mean`,
      }
    },
  },
]
