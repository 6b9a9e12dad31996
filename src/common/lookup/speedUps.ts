import type { Candidate, Comparison, Verdict } from '../contract/result.ts'
import { theoreticalSpeedUp } from './cost.ts'

/** A look-up head beside the same head as ordinary layers; times of the device in ms, byte coding included. */
export interface SpeedUp {
  candidate: Candidate
  dense: Candidate
  /** Dense over look-up: above 1, looking up is faster. Null where one was not timed. */
  measured: number | null
  /** Of multiply-accumulates over those of the tables with the look-ups. */
  theoretical: number
  /** Whether the difference of the two device times is certain; null where they did not take turns. */
  verdict: Verdict | null
  /** Weights of the head at 32 bits each over words, assignments and what stayed. */
  smaller: number
}

/** The candidate with the same weights and codec whose head computes its products in float32. */
export const denseTwin = <
  T extends Pick<Candidate, 'framework' | 'partitionPoint' | 'codec' | 'lookup' | 'int8' | 'hashes'>,
>(
  candidates: readonly T[],
  { framework, partitionPoint, codec, hashes }: T,
): T | undefined =>
  candidates.find(
    (one) =>
      !one.lookup &&
      !one.int8 &&
      one.framework === framework &&
      one.partitionPoint === partitionPoint &&
      one.codec === codec &&
      one.hashes.weights === hashes.weights,
  )

/** Of every look-up head of a comparison, in its order. */
export function speedUps({ candidates }: Pick<Comparison, 'candidates'>): SpeedUp[] {
  return candidates.flatMap((candidate): SpeedUp[] => {
    const { lookup, deviceMs, headParameters, verdicts } = candidate
    const dense = lookup && denseTwin(candidates, candidate)
    if (!lookup || !dense) return []
    return [
      {
        candidate,
        dense,
        measured: deviceMs && dense.deviceMs ? dense.deviceMs.median / deviceMs.median : null,
        theoretical: theoreticalSpeedUp(lookup),
        verdict: verdicts?.dense ?? null,
        smaller: (32 * headParameters) / lookup.bits,
      },
    ]
  })
}

/** "faster", "slower" or "no significant difference"; by the medians alone where they did not take turns. */
export function describeSpeedUp({ verdict, measured }: Pick<SpeedUp, 'verdict' | 'measured'>): string {
  if (measured === null) return 'not timed'
  if (!verdict) return `${measured > 1 ? 'faster' : 'slower'} by the medians`
  if (verdict.faster === null) return 'no significant difference'
  return verdict.faster === 'this' ? 'faster' : 'slower'
}
