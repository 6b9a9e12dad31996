import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompareConfig } from '#common/contract/config.ts'
import type { CooperativePoint } from '#common/contract/cooperativeResult.ts'
import type { Energy } from '#common/contract/energy.ts'
import type { Progress } from '#common/contract/job.ts'
import type { Comparison, UntimedCandidate } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { medianErrorOf } from '#common/latency/cooperative.ts'
import { defaultBoardPower, modelledMj, radioMj } from '#common/latency/energy.ts'
import { describeLink } from '#common/latency/links.ts'
import { sendsBytes } from '#common/selection/deployable.ts'
import type { CandidateTimes } from '../comparison/compose.ts'
import type { Device } from '../devices/device.ts'
import { wayBetween } from '../devices/link/dataLink.ts'
import { openUsbMeter } from '../devices/power/usbMeter.ts'
import { listLinks } from '../links/store.ts'
import { cooperateCandidates } from './cooperative.ts'
import { networkPoints } from './cooperativeRun.ts'
import { pushSide } from './pushSide.ts'

export interface TogetherRequest {
  folder: string
  config: CompareConfig
  candidates: readonly UntimedCandidate[]
  device: Device
  server: Device
  signal: AbortSignal
  onProgress(progress: Progress): void
  onLog(level: 'warn' | 'info', text: string): void
}

const rounds = 3

/**
 * Every candidate of a comparison as one real inference over its link: paced to it, or over the real one where the link
 * was measured between these very devices. Null where the configuration does not ask for it.
 */
export async function measureTogether(
  request: TogetherRequest,
): Promise<{ points: CooperativePoint[]; about: NonNullable<Comparison['together']> } | null> {
  const { config, device, server, candidates, ...rest } = request
  if (!config.endToEnd) return null
  const { link, timing } = config
  const real = listLinks().some(
    (one) => one.name === link.name && one.device === config.device && one.server === config.server,
  )
  const points = await cooperateCandidates({
    ...{ ...rest, device, server, link, shaped: !real },
    candidates: candidates.filter(sendsBytes),
    points: networkPoints(config.network.name),
    rule: {
      seconds: Math.max(1, 2 * timing.seconds),
      minIterations: Math.min(30, timing.minIterations),
      rounds,
      threads: timing.threads,
    },
  })
  const way = wayBetween(device, server)
  const note = real
    ? `the real link ${link.name} (${way})`
    : `${describeLink(link)}: paced sending over ${way === 'tcp' ? 'loopback' : way}`
  return { points, about: { way, shaping: real ? 'none' : 'paced', note, medianError: medianErrorOf(points) } }
}

const energyRule = { idleS: 2, seconds: 3 } as const

/**
 * Energy of every candidate's inference on the device: read by its own meter, or by the one that the configuration names;
 * without one modelled from the device's time, for boards only: this computer's power is not known, and an emulated or
 * simulated time times a power would be no energy.
 */
export async function energyOfCandidates(
  request: TogetherRequest & { times: ReadonlyMap<string, CandidateTimes> },
): Promise<Map<string, Energy>> {
  const { config, candidates, device, times, signal } = request
  const energies = new Map<string, Energy>()
  if (config.gamma !== null) return energies
  const outside = config.powerMeter === null ? null : await openUsbMeter(config.powerMeter)
  try {
    if (outside || (device.source === 'measured' && (await device.power.meter(signal)) !== null)) {
      return await measured(request, outside)
    }
  } finally {
    await outside?.close()
  }
  const board = config.boardPower ?? (device.info.kind === 'local' ? null : defaultBoardPower)
  if (!board || device.source !== 'measured') return energies
  for (const candidate of candidates) {
    const time = times.get(candidate.id)?.device
    if (!time) continue
    energies.set(candidate.id, {
      ...modelledMj(time.median, board),
      ...board,
      ...radioOf(candidate, config),
      ...{ source: 'modelled', meter: null, readingsPerS: null, readMs: null },
    })
  }
  return energies
}

async function measured(
  { folder, config, candidates, device, signal, onProgress, onLog }: TogetherRequest,
  outside: Awaited<ReturnType<typeof openUsbMeter>> | null,
): Promise<Map<string, Energy>> {
  const energies = new Map<string, Energy>()
  const total = candidates.length
  const say = (done: number, detail: string): void =>
    onProgress({ phase: 'energy', title: 'Reading the power', unit: 'heads', done, total, detail })
  const hashes = await pushSide(device, candidates, folder, 'head', signal, (detail) => say(0, detail))
  for (const [index, candidate] of candidates.entries()) {
    say(index, `${candidate.framework} ${candidate.partitionPoint}`)
    const { files } = candidate
    const split = splitSchema.parse(JSON.parse(await readFile(join(folder, files.split), 'utf8')))
    const model = hashes.get(join(folder, files.head))!
    const check = hashes.get(join(folder, files.check))!
    const order = { model, check, split, threads: config.timing.threads, ...energyRule }
    const outcome = await device.power.measure(order, outside, signal)
    if (!outcome) {
      onLog('warn', `The power meter gave too few readings for ${candidate.framework} at ${candidate.partitionPoint}.`)
      continue
    }
    const { perRunMj, aboveIdleMj, activeW, idleW, meter, readingsPerS, readMs } = outcome
    energies.set(candidate.id, {
      ...{ perRunMj, aboveIdleMj, activeW, idleW, meter, readingsPerS, readMs, source: 'measured' },
      ...radioOf(candidate, config),
    })
  }
  say(total, '')
  return energies
}

const radioOf = ({ payloadBytes, headerBytes }: UntimedCandidate, { link }: CompareConfig) => ({
  radioMj: radioMj(payloadBytes + headerBytes, link),
})
