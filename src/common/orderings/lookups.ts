import type { Comparison } from '../contract/result.ts'
import { qcnnSetting } from '../experiment/steps.ts'
import { speedUps } from '../lookup/speedUps.ts'
import { significant } from '../units.ts'
import type { Ordering } from './ordering.ts'

/** Dense heads of both fits with equal words at the same cut. */
function fits({ candidates }: Comparison) {
  const dense = candidates.flatMap((candidate) => {
    const setting = candidate.framework === 'q-cnn' ? qcnnSetting(candidate.step) : null
    return setting?.head === 'dense' ? [{ ...setting, candidate, point: candidate.partitionPoint }] : []
  })
  return dense.flatMap((one) => {
    const other = dense.find(({ fit, words, point }) => fit === 'weights' && words === one.words && point === one.point)
    return one.fit === 'responses' && other ? [{ ...one, weights: other.candidate }] : []
  })
}

const points = (fraction: number): string => `${significant(100 * fraction)} pt`

/** Q-CNN (frameworks.md §14, 7). */
export const lookupOrderings: readonly Ordering[] = [
  {
    framework: 'q-cnn',
    section: '14',
    needs: ['q-cnn'],
    claim: 'words fitted to responses lose less than words fitted to weights, at equal counts',
    published: 'the same: "error correction" [K]',
    observe(comparison) {
      const found = fits(comparison)
      if (found.length === 0) return null
      return {
        holds: found.every(({ candidate, weights }) => candidate.accuracyLoss < weights.accuracyLoss),
        observed: found
          .map(
            ({ candidate, weights, point, words }) =>
              `${point}, ${words} words: ${points(candidate.accuracyLoss)} and ${points(weights.accuracyLoss)}`,
          )
          .join('; '),
      }
    },
  },
  {
    framework: 'q-cnn',
    section: '14',
    needs: ['q-cnn'],
    claim: 'the measured speed-up of looking up is below the theoretical one',
    published: '3.03 of 4.15 times (AlexNet, one thread of a PC) [R]',
    observe(comparison) {
      const found = speedUps(comparison).filter(({ measured }) => measured !== null)
      if (found.length === 0) return null
      return {
        holds: found.every(({ measured, theoretical }) => measured! < theoretical),
        observed: found
          .map(
            ({ candidate: { partitionPoint }, measured, theoretical }) =>
              `${partitionPoint}: ${significant(measured!)} of ${significant(theoretical)} times`,
          )
          .join('; '),
      }
    },
  },
  {
    framework: 'q-cnn',
    section: '14',
    needs: ['q-cnn'],
    claim: 'looking up is faster than computing, at 0.5 to 1.6 points of loss',
    published: '4 to 6 times in theory, 3.03 times measured, 0.5 to 1.6 pt, elsewhere about 1 pt [S] [R]',
    observe(comparison) {
      const found = speedUps(comparison).filter(({ measured }) => measured !== null)
      if (found.length === 0) return null
      const good = found.filter(
        ({ candidate, measured, verdict }) =>
          measured! > 1 && (!verdict || verdict.faster === 'this') && candidate.accuracyLoss <= 0.016,
      )
      const best = found.reduce((a, b) => (b.measured! > a.measured! ? b : a))
      return {
        holds: good.length > 0,
        observed: `${good.length} of ${found.length} heads; the fastest ${significant(best.measured!)} times at ${best.candidate.partitionPoint}, ${points(best.candidate.accuracyLoss)}`,
      }
    },
  },
]
