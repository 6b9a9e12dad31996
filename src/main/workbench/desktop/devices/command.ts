import type { DeviceJob } from '#common/contract/devices.ts'
import { deviceOf } from '#common/contract/devices.ts'
import type { LiveConfig } from '#common/contract/live.ts'
import { quoted } from '../request.ts'

/** The command line that asks for the same in a terminal, in the workspace's folder. */
export function commandOfDeviceJob(job: DeviceJob): string {
  if (job.verb === 'device live') return commandOfLive(job.config)
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

function commandOfLive(config: LiveConfig): string {
  const { device, server, run, points, where, objective, link, changes, forS, turnS, threads, allowEmulated } = config
  const words = ['npm run splitbench -- device run', quoted(device), '--live']
  words.push('--run', quoted(`splitbench-runs/${run}`), ...pointsOf(points))
  if (server !== 'local') words.push('--server', quoted(server))
  if (where !== '') words.push('--where', quoted(where))
  words.push('--objective', objective)
  if (link !== null) words.push('--link', quoted(link))
  for (const change of changes) words.push('--change', quoted(change))
  words.push('--for', String(forS), '--turn-s', String(turnS), '--device-threads', String(threads))
  if (allowEmulated) words.push('--allow-emulated')
  return words.join(' ')
}

const pointsOf = (points: readonly string[] | null): string[] => (points ? ['--points', quoted(points.join(','))] : [])
