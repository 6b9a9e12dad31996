import type { DeviceJob } from '#common/contract/devices.ts'
import { deviceOf } from '#common/contract/devices.ts'
import { quoted } from '../request.ts'

/** The command line that asks for the same in a terminal, in the workspace's folder. */
export function commandOfDeviceJob(job: DeviceJob): string {
  const verb = job.verb === 'device connect' ? 'device probe' : job.verb
  const words = ['npm run splitbench --', verb, quoted(deviceOf(job))]
  if ('run' in job) {
    words.push('--run', quoted(`splitbench-runs/${job.run}`), ...pointsOf(job.points))
    if (job.candidates) words.push('--candidates', quoted(job.candidates.join(',')))
  }
  if ('config' in job) {
    const { run, points, timing } = job.config
    words.push('--run', quoted(`splitbench-runs/${run}`), ...pointsOf(points), '--time-s', String(timing.seconds))
  }
  return words.join(' ')
}

const pointsOf = (points: readonly string[] | null): string[] => (points ? ['--points', quoted(points.join(','))] : [])
