import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Link } from '#common/contract/config.ts'
import type { CooperativeRun, UsedLink } from '#common/contract/cooperativeResult.ts'
import type { Progress } from '#common/contract/job.ts'
import type { Comparison, UntimedCandidate } from '#common/contract/result.ts'
import { pointNames } from '#common/experiment/compareConfig.ts'
import { medianErrorOf } from '#common/latency/cooperative.ts'
import { describeMeasuredRate } from '#common/latency/linkFit.ts'
import { describeLink } from '#common/latency/links.ts'
import { architectureNames } from '#common/network/architectures/index.ts'
import { significant } from '#common/units.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { Device } from '../devices/device.ts'
import { wayBetween } from '../devices/link/dataLink.ts'
import type { CooperativeRule } from './cooperative.ts'
import { cooperateCandidates } from './cooperative.ts'
import { testLink } from './linkTest.ts'

export interface CooperativeRunRequest {
  /** A finished run, and what of it is to be run. */
  folder: string
  comparison: Pick<Comparison, 'run' | 'network'>
  candidates: readonly UntimedCandidate[]
  device: Device
  server: Device
  /** What the link is to be like; null: the real one, which is measured first. */
  shape: Link | null
  /** What the kernel makes of the link already, in words; the link is then measured like a real one. */
  kernel?: string | undefined
  rule: CooperativeRule
  fresh: boolean
  signal: AbortSignal
  onProgress(progress: Progress): void
  onLog(level: 'warn' | 'info', text: string): void
}

/**
 * Candidates of a finished run, inferred by device and server together. The result is stored in the run's folder
 * `cooperative/` and returned with its file's name.
 */
export async function runCooperatively(
  request: CooperativeRunRequest,
): Promise<{ result: CooperativeRun; file: string }> {
  const { folder, comparison, candidates, device, server, rule, signal, fresh, onProgress, onLog } = request
  const began = performance.now()
  const startedAt = new Date().toISOString()
  const link = await useLink(request)
  const before = await bothConditions(device, server, signal)
  const points = await cooperateCandidates({
    ...{ folder, candidates, device, server, rule, signal, fresh, onProgress, onLog },
    points: networkPoints(comparison.network.name),
    link: { name: link.name, rateMbps: link.rateMbps, rttMs: link.rttMs, ...(link.loss ? { loss: link.loss } : {}) },
    shaped: link.shaping === 'paced',
  })
  const after = await bothConditions(device, server, signal)
  const { id } = comparison.run
  const result: CooperativeRun = {
    protocol: 1,
    run: { id, network: comparison.network.name, width: comparison.network.width },
    startedAt,
    durationS: (performance.now() - began) / 1000,
    device: { ...device.info, conditions: { before: before.device, after: after.device, during: [] } },
    server: { ...server.info, conditions: { before: before.server, after: after.server, during: [] } },
    link,
    timing: rule,
    points,
    medianError: medianErrorOf(points),
  }
  const names = [device.info.name, server.info.name, link.name].map((name) =>
    name.replace(/[^\w.-]+/g, '_').slice(0, 40),
  )
  const file = join('cooperative', `run-${names.join('-')}.json`)
  mkdirSync(join(folder, 'cooperative'), { recursive: true })
  await writeFileAtomic(join(folder, file), `${JSON.stringify(result, null, 2)}\n`)
  return { result, file }
}

/** Names of the partition points in order; an imported network has none that this knows. */
export const networkPoints = (network: string): string[] =>
  architectureNames.includes(network) ? pointNames(network) : []

/** What the bytes will cross: the shaped link, or the real one with what a test of it shows now. */
export async function useLink({
  device,
  server,
  shape,
  kernel,
  signal,
  onProgress,
}: Pick<CooperativeRunRequest, 'device' | 'server' | 'shape' | 'kernel' | 'signal' | 'onProgress'>): Promise<UsedLink> {
  const way = wayBetween(device, server)
  if (shape) {
    const under = way === 'tcp' ? 'over loopback' : `over ${way}`
    return { ...shape, way, shaping: 'paced', note: `${describeLink(shape)}: paced sending ${under}` }
  }
  const found = await testLink({ device, server, shape, signal, onProgress })
  const { rateMbps, rttMs } = found
  const name = `${device.info.name} to ${server.info.name}`
  const figures = `${describeMeasuredRate(found, 4)}, ${significant(rttMs)} ms round trip`
  if (kernel) return { name: kernel, rateMbps, rttMs, way, shaping: 'kernel', note: `${kernel}; measured: ${figures}` }
  return { name, rateMbps, rttMs, way, shaping: 'none', note: `the real link (${way}), measured: ${figures}` }
}

export async function bothConditions(device: Device, server: Device, signal: AbortSignal) {
  return { device: await device.conditions(signal), server: await server.conditions(signal) }
}
