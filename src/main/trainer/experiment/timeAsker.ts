import type { z } from 'zod'
import type { Time, UntimedCandidate } from '#common/contract/result.ts'
import type { trainerContract } from '#common/contract/trainer.ts'
import { fromErrorShape, isErrorCode } from '#common/errors.ts'

/** What a split takes, per image, batch 1. */
export interface SideTimes {
  device: Time
  server: Time
}

type Answer = z.output<(typeof trainerContract)['requests']['timed']['params']>

/**
 * Times come from the parent, who holds the device: a question goes out as an event, the answer comes in as a request of
 * its own while the work that asked waits.
 */
export class TimeAsker {
  readonly #emit: (ask: { ask: number; title: string; files: UntimedCandidate['files'] }) => void
  readonly #waiting = new Map<number, { resolve(times: SideTimes): void; reject(error: Error): void }>()
  #next = 1

  constructor(emit: (ask: { ask: number; title: string; files: UntimedCandidate['files'] }) => void) {
    this.#emit = emit
  }

  /** Rejects with what the parent says, and with `signal`'s reason when it is aborted. */
  ask(title: string, files: UntimedCandidate['files'], signal: AbortSignal): Promise<SideTimes> {
    signal.throwIfAborted()
    const ask = this.#next++
    return new Promise((resolve, reject) => {
      const give = (): void => {
        this.#waiting.delete(ask)
        reject(signal.reason)
      }
      const done = <T>(then: (value: T) => void) => {
        return (value: T): void => {
          signal.removeEventListener('abort', give)
          then(value)
        }
      }
      signal.addEventListener('abort', give, { once: true })
      this.#waiting.set(ask, { resolve: done(resolve), reject: done(reject) })
      this.#emit({ ask, title, files })
    })
  }

  answer({ ask, times, failure }: Answer): void {
    const one = this.#waiting.get(ask)
    this.#waiting.delete(ask)
    if (times) one?.resolve(times)
    else {
      const { code = 'internal', message = 'The timing failed.', hint } = failure ?? {}
      one?.reject(fromErrorShape({ code: isErrorCode(code) ? code : 'internal', message, ...(hint && { hint }) }))
    }
  }
}
