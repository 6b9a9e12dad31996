import { setTimeout as delay } from 'node:timers/promises'
import { median } from '#common/measurement/statistics.ts'
import type { Hosts } from '../../test/e2e/support/host.ts'
import type { Measured } from './summary.ts'
import { summary } from './summary.ts'
import { openTraining, stepPoint } from './training.ts'

const points = 100_000
const updates = 20
const idles = 7
/** The desktop process looks at the run of another process once a second. */
const intervalMs = 1500

/**
 * All that the page's main thread does (script, layout, painting) for one more point of a live curve: its busy time in
 * an interval with a point, less that in one without. Nobody asks the page anything meanwhile.
 */
export async function measureCurve(hosts: Hosts): Promise<Measured[]> {
  const training = await openTraining(
    hosts,
    Array.from({ length: points }, (_, step) => stepPoint(step)),
  )
  const session = await training.page.context().newCDPSession(training.page)
  // Of the thread, not of the clock: what other processes take is none of the page's.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busyMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000
  }
  const interval = async (step: number | null): Promise<number> => {
    const before = await busyMs()
    if (step !== null) training.tell([stepPoint(step)])
    await delay(intervalMs)
    return (await busyMs()) - before
  }
  // The first one compiles what later ones find compiled.
  await interval(points)
  const idle: number[] = []
  for (let index = 0; index < idles; index++) idle.push(await interval(null))
  const samples: number[] = []
  for (let index = 1; index <= updates; index++) samples.push((await interval(points + index)) - median(idle))
  await training.close()
  return [summary(`live curve of ${points} points, one update`, 10, samples)]
}
