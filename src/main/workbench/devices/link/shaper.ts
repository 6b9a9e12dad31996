import { Worker } from 'node:worker_threads'
import type { Link } from '#common/contract/config.ts'
import { CodedError } from '#common/errors.ts'
import { entryOf } from '../../entries.ts'
import type { ShaperOrder, ShaperWord } from './shaperOrder.ts'

/** Paced sending: a loopback port that leads to `target` over a link of these properties. */
export async function startShaper(
  link: Link,
  target: number,
  { seed = 1, advanceMs = 0 } = {},
): Promise<{ port: number; close(): Promise<void> }> {
  const order: ShaperOrder = { link, target, seed, advanceMs }
  const worker = new Worker(entryOf('shaper').args[0]!, { workerData: order })
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (why: string): void => {
      void worker.terminate()
      reject(new CodedError('internal', `The link could not be shaped: ${why}.`))
    }
    worker.once('message', (word: ShaperWord) => ('port' in word ? resolve(word.port) : fail(word.error)))
    worker.once('error', ({ message }) => fail(message))
    worker.once('exit', (code) => fail(`its thread ended with code ${code}`))
  })
  worker.on('error', () => {})
  return { port, close: async () => void (await worker.terminate()) }
}
