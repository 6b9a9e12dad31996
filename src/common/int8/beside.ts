import type { Candidate, Comparison, Int8, Verdict } from '../contract/result.ts'
import { denseTwin } from '../lookup/speedUps.ts'

/** An int8 head beside the same head in float32; times of the device in ms, byte coding included. */
export interface BesideFloat {
  candidate: Candidate
  float: Candidate
  int8: Int8
  /** Float over int8: above 1, int8 is faster. Null where one was not timed. */
  measured: number | null
  /** Whether the difference of the two device times is certain; null where they did not take turns. */
  verdict: Verdict | null
  /** What int8 costs of the test images, as a fraction. */
  loss: number
}

/** Of every int8 head of a comparison whose float head is a candidate too, in its order. */
export function int8BesideFloat({ candidates }: Pick<Comparison, 'candidates'>): BesideFloat[] {
  return candidates.flatMap((candidate): BesideFloat[] => {
    const { int8, deviceMs, verdicts } = candidate
    const float = int8 && denseTwin(candidates, candidate)
    if (!int8 || !float) return []
    const measured = deviceMs && float.deviceMs ? float.deviceMs.median / deviceMs.median : null
    const loss = float.accuracy - candidate.accuracy
    return [{ candidate, float, int8, measured, verdict: verdicts?.dense ?? null, loss }]
  })
}
