import { CodedError } from '#common/errors.ts'
import type { Session } from '../onnxruntime.ts'
import { createSession } from '../onnxruntime.ts'
import type { Machine } from './machine.ts'
import type { ContentStore } from './store.ts'

/** A board with 1 GB must not keep every head that it ever saw; those timed in turns are held for as long as it lasts. */
const capacity = 4

/** Sessions by content and thread count; the one used longest ago makes room. */
export class SessionCache {
  readonly #store: ContentStore
  readonly #machine: Pick<Machine, 'admit'>
  readonly #sessions = new Map<string, Session>()
  #capacity = capacity

  constructor(store: ContentStore, machine: Pick<Machine, 'admit'>) {
    this.#store = store
    this.#machine = machine
  }

  /** Keeps up to `count` sessions at once while `work` runs. */
  async holding<T>(count: number, work: () => Promise<T>): Promise<T> {
    this.#capacity = Math.max(capacity, count)
    try {
      return await work()
    } finally {
      this.#capacity = capacity
      while (this.#sessions.size > capacity) await this.#dropOldest()
    }
  }

  /** Throws `device-failed` where the model is not there or ONNX Runtime refuses it. */
  async get(hash: string, threads: number): Promise<Session> {
    const key = `${hash}/${threads}`
    const known = this.#sessions.get(key)
    if (known) {
      this.#sessions.delete(key)
      this.#sessions.set(key, known)
      return known
    }
    const bytes = await this.#store.read(hash)
    this.#machine.admit(bytes.length)
    while (this.#sessions.size >= this.#capacity) await this.#dropOldest()
    const session = await createSession(bytes, { threads, optimisation: 'on' }).catch((error: unknown) => {
      if (error instanceof CodedError) throw error
      throw new CodedError('device-failed', `ONNX Runtime refuses the model: ${(error as Error).message}`)
    })
    this.#sessions.set(key, session)
    return session
  }

  async #dropOldest(): Promise<void> {
    const [key, oldest] = this.#sessions.entries().next().value!
    this.#sessions.delete(key)
    await oldest.session.release()
  }
}
