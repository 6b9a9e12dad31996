import { randomUUID } from 'node:crypto'
import type { Asked } from '#common/contract/devices.ts'
import type { Ask } from '../../devices/ask.ts'

type Answer = Awaited<ReturnType<Ask>>

/** A page that is loaded again comes back within this time, with its user. */
const patienceMs = 10_000

/**
 * Questions that only the user can answer, on their way to every door that shows questions; the first answer counts.
 * Answers may be secrets: they go to whoever asked and are kept nowhere.
 */
export class Questions {
  readonly #waiting = new Map<string, { asked: Asked; settle: (answer: Answer) => void }>()
  readonly #tell: { asked(asked: Asked): void; gone(id: string): void }
  #doors = 0
  #timer: NodeJS.Timeout | undefined

  constructor(tell: { asked(asked: Asked): void; gone(id: string): void }) {
    this.#tell = tell
  }

  /** Where no door shows questions, nobody is asked. */
  about(device: string): Ask {
    return (question, signal) => {
      if (this.#doors === 0 || signal.aborted) return Promise.resolve(undefined)
      const asked: Asked = { id: randomUUID(), device, question }
      return new Promise((resolve) => {
        const settle = (answer: Answer): void => {
          if (!this.#waiting.delete(asked.id)) return
          signal.removeEventListener('abort', abort)
          this.#tell.gone(asked.id)
          resolve(answer)
        }
        const abort = (): void => settle(undefined)
        signal.addEventListener('abort', abort, { once: true })
        this.#waiting.set(asked.id, { asked, settle })
        this.#tell.asked(asked)
      })
    }
  }

  /** A door begins to show questions; the returned function says that it has gone. */
  join(): () => void {
    this.#doors++
    clearTimeout(this.#timer)
    let here = true
    return () => {
      if (!here) return
      here = false
      this.#doors--
      if (this.#doors > 0) return
      this.#timer = setTimeout(() => {
        for (const { settle } of [...this.#waiting.values()]) settle(undefined)
      }, patienceMs)
      this.#timer.unref()
    }
  }

  get pending(): Asked[] {
    return [...this.#waiting.values()].map(({ asked }) => asked)
  }

  /** An answer that comes late, after another door's, is nobody's. */
  answer(id: string, answer: string | boolean | null): void {
    this.#waiting.get(id)?.settle(answer ?? undefined)
  }
}
