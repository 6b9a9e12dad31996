import { CodedError } from '#common/errors.ts'

const turns = new Map<string, Promise<void>>()

/**
 * Waits until nobody else in this process uses what is called `key` (a port), and takes it; the returned function lets
 * go. Throws `cancelled`.
 */
export async function takeTurn(key: string, signal?: AbortSignal): Promise<() => void> {
  const before = turns.get(key) ?? Promise.resolve()
  let release = (): void => {}
  const mine = new Promise<void>((resolve) => {
    release = resolve
  })
  const last = before.then(() => mine)
  turns.set(key, last)
  void last.then(() => {
    if (turns.get(key) === last) turns.delete(key)
  })
  await new Promise<void>((resolve, reject) => {
    const aborted = (): void => reject(new CodedError('cancelled', 'Cancelled.'))
    signal?.addEventListener('abort', aborted, { once: true })
    if (signal?.aborted) aborted()
    void before.then(resolve)
  }).catch((error) => {
    release()
    throw error
  })
  return release
}
