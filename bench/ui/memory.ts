import type { Hosts } from '../../test/e2e/support/host.ts'
import type { Measured } from './summary.ts'
import { summary } from './summary.ts'
import type { Happening } from './training.ts'
import { openTraining, stepPoint } from './training.ts'

const hourS = 3600
/** So much of the hour happens between two looks at the heap. */
const blockS = 300
const epochS = 10
/** As the trainer tells them: progress once a second, points within an epoch, and the epoch itself. */
const pointsPerEpoch = 20
/** The points of an hour are kept, and little else may be: a reloaded page has them from the disk, too. */
const flatMb = 5

function block(fromS: number): Happening[] {
  const events: Happening[] = []
  const epochs = hourS / epochS
  for (let second = fromS; second < fromS + blockS; second++) {
    const epoch = Math.floor(second / epochS)
    const title = 'Training the baseline'
    events.push({
      kind: 'progress',
      progress: { phase: 'baseline', title, unit: 'epochs', done: epoch, total: epochs },
    })
    for (let point = 0; point < pointsPerEpoch / epochS; point++) events.push(stepPoint(2 * second + point))
    if ((second + 1) % epochS !== 0) continue
    const values = { loss: 1 / (epoch + 1), trainAccuracy: 0.5, validationAccuracy: 0.5 }
    events.push({ kind: 'metric', metric: { stage: 'baseline', step: epoch + 1, values } })
    events.push({ kind: 'log', level: 'info', text: `Epoch ${epoch + 1} of ${epochs}` })
  }
  return events
}

/** By how much the page's heap after garbage collection is larger than after the first quarter of the hour. */
export async function measureMemory(hosts: Hosts): Promise<Measured[]> {
  const training = await openTraining(hosts, [stepPoint(-1)])
  const session = await training.page.context().newCDPSession(training.page)
  const heapMb = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6
  }
  const heap: number[] = []
  for (let second = 0; second < hourS; second += blockS) {
    await training.happen(block(second))
    heap.push(await heapMb())
  }
  await training.close()
  const quarter = hourS / 4 / blockS
  const first = heap[quarter - 1]!
  return [
    summary(
      'heap over an hour of training, growth',
      flatMb,
      heap.slice(-quarter).map((mb) => mb - first),
      'MB',
    ),
  ]
}
