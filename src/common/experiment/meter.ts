import type { Progress } from '../contract/job.ts'
import type { PlanItem } from './plan.ts'

/**
 * Folds the progress of phases into the share of the whole job and an ETA: the plan's seconds, corrected by how this
 * run compares with them so far. Phases that an earlier try had finished count as done but teach nothing about speed.
 */
export class Meter {
  #plan: PlanItem[]
  #now: () => number
  #sideOf: (phase: string) => number | undefined
  #done = new Map<string, number>()
  #startedAt: number
  #reusedSeconds = 0
  #current: string | undefined

  /** `sideOf`: where several processes work on phases at once, which of them has a phase. */
  constructor(
    plan: readonly PlanItem[],
    now: () => number,
    sideOf: (phase: string) => number | undefined = () => undefined,
  ) {
    this.#plan = [...plan]
    this.#sideOf = sideOf
    this.#now = now
    this.#startedAt = now()
  }

  /** The same progress with `share` and `etaS` filled in. */
  update(progress: Progress): Progress {
    const index = this.#plan.findIndex((item) => item.phase === progress.phase)
    if (index >= 0) {
      // Phases run in order, each side's by themselves: whatever lies before the current one is finished or was not needed.
      if (this.#current !== progress.phase) {
        const side = this.#sideOf(progress.phase)
        for (const { phase } of this.#plan.slice(0, index)) {
          const other = this.#sideOf(phase)
          if (side === undefined || other === undefined || other === side) this.#done.set(phase, 1)
        }
        this.#current = progress.phase
      }
      const fraction = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 1
      const before = this.#done.get(progress.phase) ?? 0
      if (progress.reused) this.#reusedSeconds += Math.max(0, fraction - before) * this.#plan[index]!.seconds
      this.#done.set(progress.phase, Math.max(before, fraction))
    }
    const total = this.#plan.reduce((sum, item) => sum + item.seconds, 0)
    const done = this.#plan.reduce((sum, item) => sum + item.seconds * (this.#done.get(item.phase) ?? 0), 0)
    const elapsed = (this.#now() - this.#startedAt) / 1000
    const worked = Math.max(0, done - this.#reusedSeconds)
    // The plan counts like 20 s of experience, so that the first second of a run does not swing the estimate.
    const pace = (elapsed + 20) / (worked + 20)
    return { ...progress, share: total > 0 ? Math.min(1, done / total) : 1, etaS: Math.max(0, (total - done) * pace) }
  }
}
