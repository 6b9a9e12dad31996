/// <reference lib="es2024.sharedmemory" />
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Batch, BatchOptions } from '../../training/batches.ts'
import { stepsPerEpoch } from '../../training/batches.ts'
import type { ImageSet } from '../imageSet.ts'
import type { FeedOrder } from './ring.ts'
import { countersOf, filled, makeRing, slotOf, used } from './ring.ts'

/** Batches that a thread of its own shuffles and augments ahead of the step, in the order and with the numbers of `epochBatches`. */
export interface Feed {
  /**
   * The batches of the next epoch, from `first` on one after the other; a batch is valid until the next one is asked for.
   * The thread begins `epoch + 1` when it is through, if there is one.
   */
  epoch(epoch: number): AsyncGenerator<Batch>
  /** Ends the thread. */
  close(): Promise<void>
}

/** The bundle of the thread lies beside the trainer's or above its chunks. */
const entry = ((): string => {
  if (import.meta.filename.endsWith('.ts')) return join(import.meta.dirname, 'thread.ts')
  const beside = join(import.meta.dirname, 'feed.js')
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', 'feed.js')
})()

/** Feeds the epochs `first` to `last` (exclusive). */
export function startFeed(set: ImageSet, options: BatchOptions, first: number, last: number): Feed {
  const ring = makeRing(set, options)
  const counters = countersOf(ring)
  const order: FeedOrder = { set, options, ring }
  const worker = new Worker(entry, { workerData: order })
  let failed: ((error: unknown) => void) | undefined
  let failure: unknown
  worker.on('error', (error) => {
    failure = error
    failed?.(error)
  })
  if (first < last) worker.postMessage(first)

  /** Resolves when batch `number` is there. */
  const ready = async (number: number): Promise<void> => {
    while (Atomics.load(counters, filled) <= number) {
      if (failure !== undefined) throw failure
      const waiting = Atomics.waitAsync(counters, filled, number)
      if (!waiting.async) continue
      await new Promise<unknown>((resolve, reject) => {
        failed = reject
        void waiting.value.then(resolve)
      })
      failed = undefined
    }
  }

  let number = 0
  return {
    async *epoch(epoch) {
      if (epoch + 1 < last) worker.postMessage(epoch + 1)
      for (let step = 0; step < stepsPerEpoch(set.count, options.batchSize); step++) {
        await ready(number)
        try {
          yield slotOf(ring, number)
        } finally {
          number += 1
          Atomics.store(counters, used, number)
          Atomics.notify(counters, used)
        }
      }
    },
    close: async () => {
      await worker.terminate()
    },
  }
}
