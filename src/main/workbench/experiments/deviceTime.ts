import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeviceTimeConfig, DeviceTiming, TimedHead } from '#common/contract/deviceTiming.ts'
import type { Comparison } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import { toTime } from '#common/measurement/time.ts'
import { removeStaleTemps, writeFileAtomic } from '../../../system/atomic.ts'
import { sha256 } from '../../../system/hash.ts'
import type { Device, Timing } from '../devices/device.ts'
import { configHash } from '../store/configHash.ts'
import type { ChosenHead } from './deviceHeads.ts'
import { chooseHeads, pushHeads } from './deviceHeads.ts'
import type { JobContext, JobWatch } from './job.ts'
import { runJob } from './job.ts'

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
 * Checks and times the heads of a finished comparison on a device, as a run of its own (`timing.json`, raw samples in
 * `timings/`). A finished timing is not repeated when an interrupted run is continued.
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
  const { config, comparison, command } = options
  const { signal, run } = job
  const began = performance.now()
  const { heads, missing } = await chooseHeads(comparison, options.folder, config.points)
  const say = (done: number, detail: string): void => {
    const left = heads.length - done
    const perHead = (performance.now() - began) / 1000 / Math.max(done, 1)
    const etaS = Math.max(left * config.timing.seconds, done > 0 ? left * perHead : 0)
    job.log.emit({
      kind: 'progress',
      progress: {
        phase: 'time',
        title: 'Timing heads',
        unit: 'heads',
        done,
        total: heads.length,
        detail,
        share: done / heads.length,
        etaS,
      },
    })
  }
  const device = await options.connect((detail) => say(0, detail))
  const hashes = await pushHeads(device, heads, (_done, _total, detail) => say(0, `sending ${detail}`), signal)
  const store = join(run.working, 'timings')
  mkdirSync(store, { recursive: true })
  await removeStaleTemps(store)
  const timed: TimedHead[] = []
  for (const [index, head] of heads.entries()) {
    const { candidate } = head
    const name = [candidate.framework, candidate.step, candidate.partitionPoint, candidate.codec]
    say(index, name.filter(Boolean).join(' '))
    timed.push(await timeHead(job, device, head, hashes, store, config))
  }
  say(heads.length, '')
  const timing: DeviceTiming = {
    protocol: 1,
    id: run.record.id,
    command,
    startedAt: run.record.startedAt,
    durationS: job.workedS(),
    config,
    network: { name: comparison.network.name, width: comparison.network.width },
    device: { ...device.info, conditions: { before: timed[0]!.before, after: timed.at(-1)!.after, during: [] } },
    missing,
    heads: timed,
  }
  await writeFileAtomic(join(run.working, 'timing.json'), JSON.stringify(timing, null, 2))
  return timing
}

async function timeHead(
  { signal, log }: JobContext,
  device: Device,
  { candidate, model, check, split }: ChosenHead,
  hashes: ReadonlyMap<string, string>,
  store: string,
  { timing }: DeviceTimeConfig,
): Promise<TimedHead> {
  const deployed = {
    side: 'head' as const,
    model: hashes.get(model)!,
    check: hashes.get(check)!,
    split,
    threads: timing.threads,
    batch: timing.batch,
  }
  const form = [split.features, split.bits, split.packing, split.compressor]
  const samples = `head-${sha256(JSON.stringify([deployed.model, form])).slice(0, 16)}`
  const finished = join(store, `${samples}.json`)
  let taken: Timing
  if (existsSync(finished)) taken = JSON.parse(await readFile(finished, 'utf8')) as Timing
  else {
    const result = await device.check(deployed, signal)
    if (!result.ok) {
      throw new CodedError(
        'check-failed',
        `Device ${device.info.name} computes other features than the trainer for ${candidate.framework} at ${candidate.partitionPoint}: ${result.reason}.`,
        'Its times would mean nothing. Check the runtime on the device.',
      )
    }
    const raw = join(store, `${samples}.jsonl`)
    await rm(raw, { force: true })
    const rule = { seconds: timing.seconds, minIterations: timing.minIterations }
    taken = await device.time(deployed, rule, (batch) => appendFileSync(raw, `${JSON.stringify(batch)}\n`), signal)
    await writeFileAtomic(finished, JSON.stringify(taken))
    await rm(raw, { force: true })
  }
  const { modelMs, codecMs, warmup, steady, before, after, clockResolutionMs } = taken
  if (!steady) {
    const text = `The head of ${candidate.framework} at ${candidate.partitionPoint} had not settled when its warm-up ended: other work on ${device.info.name}?`
    log.emit({ kind: 'log', level: 'warn', text })
  }
  const { id, framework, step, partitionPoint, codec, headMacs } = candidate
  return {
    id,
    framework,
    step,
    partitionPoint,
    codec,
    headMacs,
    deviceMs: toTime(
      modelMs.map((ms, index) => ms + codecMs[index]!),
      device.source,
    ),
    storedMs: candidate.deviceMs,
    warmup,
    steady,
    before,
    after,
    clockResolutionMs,
    samples,
  }
}
