import type { Progress } from '../contract/job.ts'

/**
 * The ETA of phases that no plan knows the length of: each goes on as fast as it has gone so far. What a resumed phase
 * begins with teaches nothing about speed. Where a phase may end before its total (pruning, at a bound), at most so long.
 */
export class Pace {
  #now: () => number
  #phase: string | undefined
  #began = { at: 0, done: 0 }

  /** `now`: milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** The same progress with `etaS` filled in, seconds; null as long as nothing of the phase was done here, and at its end. */
  update(progress: Progress): Progress {
    const { phase, done, total } = progress
    if (phase !== this.#phase || done < this.#began.done) {
      this.#phase = phase
      this.#began = { at: this.#now(), done }
    }
    const worked = done - this.#began.done
    const elapsedS = (this.#now() - this.#began.at) / 1000
    return { ...progress, etaS: worked > 0 && done < total ? ((total - done) * elapsedS) / worked : null }
  }
}
