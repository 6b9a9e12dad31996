import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceTimeConfig, DeviceTiming, TimedHead } from '#common/contract/deviceTiming.ts'
import type { Candidate, Comparison } from '#common/contract/result.ts'
import { roundsFor } from '#common/measurement/timingLoop.ts'
import { removeStaleTemps, writeFileAtomic } from '../../../system/atomic.ts'
import type { Device } from '../devices/device.ts'
import { configHash } from '../store/configHash.ts'
import { chooseHeads, pushHeads } from './deviceHeads.ts'
import type { JobContext, JobWatch } from './job.ts'
import { runJob } from './job.ts'
import { conditionsOf, jobsOf, throttled, timeOf, waits } from './timing.ts'
import type { StoredGroup, StoredSide } from './timingGroup.ts'
import { timeGroup } from './timingGroup.ts'
import { groupByMemory } from './timingGroups.ts'

export interface DeviceTimeOptions extends JobWatch {
  config: DeviceTimeConfig
  command: string
  /** The finished comparison and its folder. */
  comparison: Comparison
  folder: string
  cwd: string
  signal: AbortSignal
  /** Reaches the device; its owner closes it. */
  connect(say: (detail: string) => void): Promise<Device>
}

/**
 * Checks the heads of a finished comparison on a device and times them in turns, as a run of its own (`timing.json`, raw
 * samples in `timings/`). An interrupted one goes on after its last whole round.
 */
export async function timeOnDevice(options: DeviceTimeOptions): Promise<{ timing: DeviceTiming; folder: string }> {
  const { config, comparison } = options
  const { result, folder } = await runJob(
    {
      ...options,
      title: `Time heads on ${config.device}`,
      verb: 'device time',
      configHash: configHash([config, comparison.run.id]),
      out: undefined,
      fresh: false,
    },
    (job) => work(job, options),
  )
  return { timing: result, folder }
}

async function work(job: JobContext, options: DeviceTimeOptions): Promise<DeviceTiming> {
  const { config, comparison, command, folder } = options
  const { signal, run } = job
  const { heads, missing } = await chooseHeads(comparison, folder, config.points)
  const candidates = heads.map(({ candidate }) => candidate)
  const say = progressOf(job, config)
  const device = await options.connect((detail) => say(0, 1, detail))
  const hashes = await pushHeads(device, heads, (_done, _total, detail) => say(0, 1, `sending ${detail}`), signal)
  const { jobs, keyOf } = await jobsOf({ folder, candidates, timing: config.timing }, device, 'head', hashes)
  const store = join(run.working, 'timings')
  mkdirSync(store, { recursive: true })
  await removeStaleTemps(store)
  const { seconds, minIterations } = config.timing
  const rounds = roundsFor(config.timing)
  const total = jobs.length * rounds
  const sides = new Map<string, { side: StoredSide; group: StoredGroup }>()
  const groups: StoredGroup[] = []
  const stop = waits(device, (text) => say(0, total, text))
  try {
    let before = 0
    for (const together of groupByMemory(jobs, device.info.memoryBytes)) {
      const timed = await timeGroup(together, {
        store,
        device,
        rule: { seconds, minIterations },
        seed: comparison.run.seed,
        signal,
        onBlocks: (done, detail) => say(before + done, total, detail),
        onLog: (level, text) => job.log.emit({ kind: 'log', level, text }),
      })
      for (const [index, { key }] of together.entries())
        sides.set(key, { side: timed.sides[index]!, group: timed.group })
      groups.push(timed.group)
      before += together.length * rounds
    }
  } finally {
    stop()
  }
  say(total, total, '')
  const timing: DeviceTiming = {
    protocol: 1,
    id: run.record.id,
    command,
    startedAt: run.record.startedAt,
    durationS: job.workedS(),
    config,
    network: { name: comparison.network.name, width: comparison.network.width },
    device: { ...device.info, conditions: conditionsOf(groups) },
    missing,
    heads: candidates.map((candidate) => {
      const key = keyOf.get(candidate.id)!
      return timedHead(candidate, key, sides.get(key)!, device)
    }),
  }
  await writeFileAtomic(join(run.working, 'timing.json'), JSON.stringify(timing, null, 2))
  return timing
}

/** Progress of the whole with what is left of the time, by the rule before anything has been timed. */
function progressOf({ log }: JobContext, { timing }: DeviceTimeConfig) {
  const rounds = roundsFor(timing)
  const perBlock = timing.seconds / rounds
  let first: { at: number; done: number } | undefined
  const emit = throttled((progress) => {
    const { done, total } = progress
    const now = performance.now() / 1000
    if (done > 0) first ??= { at: now, done }
    const measured = first && done > first.done ? (now - first.at) / (done - first.done) : perBlock
    const known = total > 1
    log.emit({
      kind: 'progress',
      progress: {
        ...progress,
        title: 'Timing heads in turns',
        share: known ? done / total : 0,
        etaS: known ? (total - done) * measured : null,
      },
    })
  })
  return emit
}

function timedHead(
  { id, framework, step, partitionPoint, codec, headMacs, deviceMs }: Candidate,
  key: string,
  { side, group }: { side: StoredSide; group: StoredGroup },
  device: Device,
): TimedHead {
  const { warmup, steady, clockResolutionMs } = side
  const { before, after } = group
  return {
    id,
    framework,
    step,
    partitionPoint,
    codec,
    headMacs,
    deviceMs: timeOf(side, device),
    storedMs: deviceMs,
    warmup,
    steady,
    before,
    after,
    clockResolutionMs,
    samples: `head-${key}`,
  }
}
