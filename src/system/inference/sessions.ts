import { CodedError } from '#common/errors.ts'
import { isLookupHead } from '#common/lookup/headFile.ts'
import { createLookupSession } from '../lookup/session.ts'
import type { Session } from '../onnxruntime.ts'
import { createSession } from '../onnxruntime.ts'
import type { Machine } from './machine.ts'
import type { ContentStore } from './store.ts'

/** A board with 1 GB must not keep every head that it ever saw; those timed in turns are held for as long as it lasts. */
const capacity = 4

/** A head comes as an ONNX file, or as tables in which its products are looked up, on one thread whatever is asked for. */
const open = async (model: Parameters<typeof createSession>[0], threads: number): Promise<Session> =>
  model instanceof Uint8Array && isLookupHead(model)
    ? createLookupSession(model)
    : createSession(model, { threads, optimisation: 'on' })

/** Sessions by content and thread count; the one used longest ago makes room. */
export class SessionCache {
  readonly #store: ContentStore
  readonly #machine: Pick<Machine, 'admit'>
  readonly #sessions = new Map<string, Session>()
  /** Files of weights whose hash was right. */
  readonly #whole = new Set<string>()
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

  /**
   * `weights`: the file beside it that holds the model's constants. `keep`: nothing makes room for it, because whoever asks
   * will want all of them at once. Throws `device-failed` where a file is not there or ONNX Runtime refuses the model.
   */
  async get(
    hash: string,
    threads: number,
    { weights, keep = false }: { weights?: { hash: string; bytes: number } | undefined; keep?: boolean } = {},
  ): Promise<Session> {
    const key = `${hash}/${threads}/${weights?.hash ?? ''}`
    const known = this.#sessions.get(key)
    if (known) {
      this.#sessions.delete(key)
      this.#sessions.set(key, known)
      return known
    }
    const bytes = await this.#store.read(hash)
    this.#machine.admit(bytes.length + (weights?.bytes ?? 0))
    while (!keep && this.#sessions.size >= this.#capacity) await this.#dropOldest()
    const beside = weights && { model: this.#store.place(hash), weights: await this.#verified(weights.hash) }
    const session = await open(beside ?? bytes, threads).catch((error: unknown) => {
      if (error instanceof CodedError) throw error
      throw new CodedError('device-failed', `ONNX Runtime refuses the model: ${(error as Error).message}`)
    })
    this.#sessions.set(key, session)
    return session
  }

  /** Lets go of the sessions of these models, and of those whose weights these are. */
  async forget(hashes: readonly string[]): Promise<void> {
    const gone = new Set(hashes)
    for (const [key, { session }] of this.#sessions) {
      const [model, , weights] = key.split('/')
      if (!gone.has(model!) && !gone.has(weights!)) continue
      this.#sessions.delete(key)
      await session.release()
    }
    for (const hash of gone) this.#whole.delete(hash)
  }

  /** Where a file lies whose hash was right when it was first asked for: many models may share it. */
  async #verified(hash: string): Promise<string> {
    if (!this.#whole.has(hash)) await this.#store.verify(hash)
    this.#whole.add(hash)
    return this.#store.place(hash)
  }

  async #dropOldest(): Promise<void> {
    const [key, oldest] = this.#sessions.entries().next().value!
    this.#sessions.delete(key)
    await oldest.session.release()
  }
}
