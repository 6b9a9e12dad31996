import { parentPort, workerData } from 'node:worker_threads'
import { epochBatches } from '../../training/batches.ts'
import type { FeedOrder } from './ring.ts'
import { countersOf, filled, slotOf, slots, used } from './ring.ts'

/** A thread that fills the ring, with one epoch for every number that comes. */
const { set, options, ring } = workerData as FeedOrder
const counters = countersOf(ring)

parentPort!.on('message', (epoch: number) => {
  for (const { images, labels } of epochBatches(set, epoch, options)) {
    const number = Atomics.load(counters, filled)
    waitForRoom(number)
    const slot = slotOf(ring, number)
    slot.images.set(images)
    slot.labels.set(labels)
    Atomics.store(counters, filled, number + 1)
    Atomics.notify(counters, filled)
  }
})

function waitForRoom(number: number): void {
  for (;;) {
    const done = Atomics.load(counters, used)
    if (number - done < slots) return
    Atomics.wait(counters, used, done)
  }
}
