import { CodedError } from '#common/errors.ts'
import type { DeviceLock, Holder } from './deviceLock.ts'

/** Work on the device takes turns: within this process in the order of the requests, and with other agents by the lock. */
export class Turns {
  readonly #lock: DeviceLock
  readonly #onWaiting: (holder: Holder) => void
  #last: Promise<unknown> = Promise.resolve()

  constructor(lock: DeviceLock, onWaiting: (holder: Holder) => void) {
    this.#lock = lock
    this.#onWaiting = onWaiting
  }

  /** Throws `cancelled` where the signal aborts before it is its turn. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const begin = async (): Promise<T> => {
      assertWanted(signal)
      return this.#lock
        .hold(signal, this.#onWaiting, () => {
          assertWanted(signal)
          return work()
        })
        .catch((error: unknown) => {
          if (signal.aborted && error === signal.reason) assertWanted(signal)
          throw error
        })
    }
    const turn = this.#last.then(begin, begin)
    this.#last = turn.catch(() => {})
    return turn
  }
}

export function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
}
