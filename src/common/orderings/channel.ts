import type { OverChannels } from '../contract/overChannels.ts'
import type { Candidate, Comparison } from '../contract/result.ts'
import type { JsccSetting } from '../experiment/steps.ts'
import { jsccSetting } from '../experiment/steps.ts'
import { significant } from '../units.ts'
import { noiseDb } from '../wire/channel.ts'
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

/** One model over channels: accuracy (points) over noise (dB), from the best channel to the worst. */
interface Curve {
  own: Spot
  spots: Spot[]
}
interface Spot {
  noise: number
  accuracy: number
}

const curvesOf = ({ candidates }: Comparison, framework: string): Curve[] =>
  candidates.flatMap(({ framework: name, overChannels }) => {
    if (name !== framework || !overChannels || overChannels.others.length === 0) return []
    const spot = ({ channel, accuracy }: OverChannels['own']): Spot => ({
      ...{ noise: noiseDb(channel), accuracy: 100 * accuracy },
    })
    const own = spot(overChannels.own)
    return [{ own, spots: [own, ...overChannels.others.map(spot)].sort((a, b) => a.noise - b.noise) }]
  })

/** Points that accuracy may fall in a dB where there is no cliff. */
const gracefulFall = 5

/** Points lost in a dB of more noise, between neighbours. */
const fallsOf = (spots: readonly Spot[]): number[] =>
  [...spots]
    .sort((a, b) => a.noise - b.noise)
    .flatMap((spot, index, all) => {
      const before = all[index - 1]
      return before ? [(before.accuracy - spot.accuracy) / (spot.noise - before.noise)] : []
    })

/** Of all SNRs of a comparison, the lowest and the highest; null where there is one only. */
function ends(models: readonly Model[]): { low: number; high: number } | null {
  const snrs = models.map(({ snr }) => snr)
  const [low, high] = [Math.min(...snrs), Math.max(...snrs)]
  return low < high ? { low, high } : null
}

/** The claims of §12.6 about noise: they need models of several SNRs, or one at several channels. */
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
      const models = series(modelsOf(comparison), 'snr', 3).map((line) =>
        line.map(({ snr, accuracy }) => ({ noise: -snr, accuracy })),
      )
      const single = curvesOf(comparison, 'jscc').map(({ spots }) => spots)
      if (models.length + single.length === 0) return null
      const steepest = Math.max(...[...models, ...single].flatMap(fallsOf))
      return {
        holds: steepest <= gracefulFall,
        observed: `at most ${pt(steepest)} in a dB, of ${models.length} curves of a model for each SNR and ${single.length} of one model at other SNRs than its own`,
      }
    },
  },
  {
    framework: 'bottlenet-pp',
    section: '9.7',
    needs: ['bottlenet-pp'],
    claim:
      'accuracy falls smoothly when the channel is worse than in training (never by more than 5 points in a dB), and one model covers better channels (within a point)',
    published: 'the same: no cliff; the condition plane covers a range with less than a point lost [R]',
    observe(comparison) {
      const curves = curvesOf(comparison, 'bottlenet-pp')
      if (curves.length === 0) return null
      const worse = curves.flatMap(({ own, spots }) => fallsOf(spots.filter(({ noise }) => noise >= own.noise)))
      const better = curves.flatMap(({ own, spots }) =>
        spots.filter(({ noise }) => noise < own.noise).map(({ accuracy }) => own.accuracy - accuracy),
      )
      const [steepest, lost] = [Math.max(0, ...worse), Math.max(0, ...better)]
      return {
        holds: steepest <= gracefulFall && lost <= 1,
        observed: `at most ${pt(steepest)} in a dB towards worse channels, ${pt(lost)} lost at better ones, of ${curves.length} models`,
      }
    },
  },
]
