import type { Candidate, Comparison } from '../contract/result.ts'
import type { JsccSetting } from '../experiment/steps.ts'
import { jsccSetting } from '../experiment/steps.ts'
import { significant } from '../units.ts'
import type { Ordering } from './ordering.ts'

interface Model extends JsccSetting {
  point: string
  symbols: number
  /** Points. */
  accuracy: number
}

const modelsOf = ({ candidates }: Comparison): Model[] =>
  candidates.flatMap(({ framework, step, partitionPoint, symbols, accuracy }: Candidate) => {
    const setting = framework === 'jscc' ? jsccSetting(step) : null
    return setting && symbols !== undefined
      ? [{ ...setting, point: partitionPoint, symbols, accuracy: 100 * accuracy }]
      : []
  })

/** Models that differ by `by` alone, in ascending order of it; where there are at least `least` of them. */
function series(models: readonly Model[], by: 'snr' | 'ratio' | 'symbols', least: number): Model[][] {
  const groups = new Map<string, Model[]>()
  for (const model of models) {
    const { point, share, ratio, snr } = model
    const key = JSON.stringify([
      point,
      ...(by === 'symbols' ? [] : [share]),
      ...(by === 'ratio' ? [] : [ratio]),
      ...(by === 'snr' ? [] : [snr]),
    ])
    groups.set(key, [...(groups.get(key) ?? []), model])
  }
  return [...groups.values()]
    .filter((group) => group.length >= least)
    .map((group) => group.sort((a, b) => a[by] - b[by]))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const pt = (value: number): string => `${significant(value)} pt`

/** Of all SNRs of a comparison, the lowest and the highest; null where there is one only. */
function ends(models: readonly Model[]): { low: number; high: number } | null {
  const snrs = models.map(({ snr }) => snr)
  const [low, high] = [Math.min(...snrs), Math.max(...snrs)]
  return low < high ? { low, high } : null
}

/** The claims of §12.6 about noise: they need models of several SNRs. */
export const channelOrderings: readonly Ordering[] = [
  {
    framework: 'jscc',
    section: '12.6 (iii)',
    needs: ['jscc'],
    claim: 'pruning to half of the filters costs less at the lowest SNR than at the highest',
    published: 'the same, for ratios up to 50 %; higher ones move the curves down [S]',
    observe(comparison) {
      const models = modelsOf(comparison)
      const snrs = ends(models)
      if (!snrs) return null
      const cost = (snr: number): number[] =>
        series(
          models.filter((one) => one.snr === snr && one.ratio >= 0.5),
          'ratio',
          2,
        ).map((group) => group.at(-1)!.accuracy - group[0]!.accuracy)
      const [low, high] = [cost(snrs.low), cost(snrs.high)]
      if (low.length === 0 || high.length === 0) return null
      return {
        holds: mean(low) < mean(high),
        observed: `${pt(mean(low))} at ${snrs.low} dB, ${pt(mean(high))} at ${snrs.high} dB`,
      }
    },
  },
  {
    framework: 'jscc',
    section: '12.6 (iv)',
    needs: ['jscc'],
    claim: 'fewer symbols lose more accuracy as the SNR falls, and little at a high one',
    published: 'all bandwidths alike at a high SNR, the narrowest falls fastest [S]',
    observe(comparison) {
      const models = modelsOf(comparison)
      const snrs = ends(models)
      if (!snrs) return null
      const gap = (snr: number): number[] =>
        series(
          models.filter((one) => one.snr === snr),
          'symbols',
          2,
        ).map((group) => group.at(-1)!.accuracy - group[0]!.accuracy)
      const [low, high] = [gap(snrs.low), gap(snrs.high)]
      if (low.length === 0 || high.length === 0) return null
      return {
        holds: mean(low) > mean(high) && Math.abs(mean(high)) <= 2,
        observed: `the most symbols are ahead of the fewest by ${pt(mean(high))} at ${snrs.high} dB and by ${pt(mean(low))} at ${snrs.low} dB`,
      }
    },
  },
  {
    framework: 'jscc',
    section: '12.6 (v)',
    needs: ['jscc'],
    claim: 'accuracy falls gracefully with the SNR: never by more than 5 points in a dB',
    published: 'smooth curves, no cliff [S]',
    observe(comparison) {
      const lines = series(modelsOf(comparison), 'snr', 3)
      if (lines.length === 0) return null
      const falls = lines.flatMap((line) =>
        line.slice(1).map((one, index) => (one.accuracy - line[index]!.accuracy) / (one.snr - line[index]!.snr)),
      )
      const steepest = Math.max(...falls)
      return { holds: steepest <= 5, observed: `at most ${pt(steepest)} in a dB, of ${lines.length} curves` }
    },
  },
  {
    framework: 'bottlenet-pp',
    section: '9.7',
    needs: [],
    claim: 'accuracy falls smoothly when the channel is worse than in training; one model covers a range of channels',
    published: 'the same [R]',
    // A candidate is judged at the channel that it is for.
    observe: () => null,
  },
]
