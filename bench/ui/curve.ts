import type { Hosts } from '../../test/e2e/support/host.ts'
import type { Measured } from './summary.ts'
import { summary } from './summary.ts'
import { openTraining, stepPoint } from './training.ts'

const points = 100_000
const updates = 20

/** All that the page's main thread does (script, layout, painting) for one more point of a live curve. */
export async function measureCurve(hosts: Hosts): Promise<Measured[]> {
  const training = await openTraining(
    hosts,
    Array.from({ length: points }, (_, step) => stepPoint(step)),
  )
  const session = await training.page.context().newCDPSession(training.page)
  await session.send('Performance.enable')
  const busyMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000
  }
  const samples: number[] = []
  for (let update = 0; update <= updates; update++) {
    const before = await busyMs()
    // The desktop process looks at the run of another process once a second: what goes on in the page meanwhile counts.
    await training.happen([stepPoint(points + update)])
    const busy = (await busyMs()) - before
    // The first one compiles what later ones find compiled.
    if (update > 0) samples.push(busy)
  }
  await training.close()
  return [summary(`live curve of ${points} points, one update`, 10, samples)]
}
