import type { TrainingConfig } from '#common/contract/config.ts'

type Schedule = TrainingConfig['schedule']

/** Share of the steps that the one-cycle schedule spends warming up. */
const warmUpShare = 0.3
const startDivisor = 25
const endDivisor = 1e4

/**
 * The learning rate of step `step` (0 … steps − 1).
 *
 * - one-cycle (Smith & Topin 2018): linear from peak/25 to the peak over the first 30 % of the steps, then half a cosine
 *   down to peak/10⁴ at the last step;
 * - cosine (Loshchilov & Hutter 2017, without restarts): half a cosine from the start towards 0;
 * - constant.
 */
export function rateAt(schedule: Schedule, step: number, steps: number): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate
    case 'cosine':
      return (schedule.start * (1 + Math.cos((Math.PI * step) / steps))) / 2
    case 'one-cycle': {
      const { peak } = schedule
      const top = Math.max(1, Math.round(warmUpShare * steps))
      if (step < top) return peak / startDivisor + (peak - peak / startDivisor) * (step / top)
      const progress = (step - top) / Math.max(1, steps - 1 - top)
      const end = peak / endDivisor
      return end + ((peak - end) * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2
    }
  }
}
