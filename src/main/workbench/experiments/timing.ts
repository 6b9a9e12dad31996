import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TimingConfig } from '#common/contract/config.ts'
import type { Side } from '#common/contract/inference.ts'
import type { Progress } from '#common/contract/job.ts'
import type { Conditions, DeviceInfo, UntimedCandidate } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { CodedError } from '#common/errors.ts'
import { toTime } from '#common/measurement/time.ts'
import { formatBytes } from '#common/units.ts'
import { removeStaleTemps, writeFileAtomic } from '../../../system/atomic.ts'
import { sha256 } from '../../../system/hash.ts'
import type { CandidateTimes } from '../comparison/compose.ts'
import type { Device, Timing } from '../devices/device.ts'

export interface TimingRequest {
  /** The run's working folder: candidates below it, raw samples kept in `timings/`. */
  folder: string
  candidates: readonly UntimedCandidate[]
  device: Device
  server: Device
  timing: TimingConfig
  signal: AbortSignal
  onProgress(progress: Progress): void
  onLog(level: 'warn' | 'info', text: string): void
}

export interface TimingResult {
  times: Map<string, CandidateTimes>
  device: DeviceInfo
  server: DeviceInfo
}

/** A timing with the raw samples that it rests on, as stored. */
type StoredTiming = Timing & { side: Side; device: string }

/**
 * Checks and times every candidate's head on the device and its tail on the server, batch 1. Files with equal content
 * are timed once. Raw samples are appended as they arrive; a finished timing is not repeated when the run is resumed.
 */
export async function timeCandidates(request: TimingRequest): Promise<TimingResult> {
  const { folder, candidates, device, server, signal, onProgress } = request
  const store = join(folder, 'timings')
  mkdirSync(store, { recursive: true })
  await removeStaleTemps(store)
  const total = candidates.length * 2
  const say = (done: number, detail: string): void =>
    onProgress({ phase: 'time', title: 'Timing heads and tails', unit: 'files', done, total, detail })

  const heads = await push(device, candidates, folder, 'head', signal, (detail) => say(0, detail))
  const tails = await push(server, candidates, folder, 'tail', signal, (detail) => say(0, detail))
  const conditions = { device: new Range(), server: new Range() }
  const times = new Map<string, CandidateTimes>()
  for (const [index, candidate] of candidates.entries()) {
    const name = `${candidate.framework}${candidate.step ? ` ${candidate.step}` : ''} ${candidate.partitionPoint} ${candidate.codec}`
    say(index * 2, `head of ${name} on ${device.info.name}`)
    const head = await timeSide(request, device, candidate, 'head', heads, store)
    say(index * 2 + 1, `tail of ${name} on ${server.info.name}`)
    const tail = await timeSide(request, server, candidate, 'tail', tails, store)
    conditions.device.add(head)
    conditions.server.add(tail)
    times.set(candidate.id, { device: summary(head, device), server: summary(tail, server) })
  }
  say(total, '')
  return {
    times,
    device: { ...device.info, conditions: conditions.device.whole },
    server: { ...server.info, conditions: conditions.server.whole },
  }
}

const summary = ({ modelMs, codecMs }: Timing, { source }: Device) =>
  toTime(
    modelMs.map((ms, index) => ms + codecMs[index]!),
    source,
  )

/** Conditions before the first and after the last timing. */
class Range {
  whole: { before: Conditions; after: Conditions } | null = null
  add({ before, after }: Timing): void {
    this.whole = { before: this.whole?.before ?? before, after }
  }
}

function push(
  device: Device,
  candidates: readonly UntimedCandidate[],
  folder: string,
  side: Side,
  signal: AbortSignal,
  say: (detail: string) => void,
): Promise<Map<string, string>> {
  const paths = new Set(candidates.flatMap(({ files }) => [join(folder, files[side]), join(folder, files.check)]))
  return device.pushFiles(
    [...paths],
    ({ done, total, bytesPerSecond }) =>
      say(
        `sending to ${device.info.name}: ${formatBytes(done)} of ${formatBytes(total)}${bytesPerSecond ? ` at ${formatBytes(bytesPerSecond)}/s` : ''}`,
      ),
    signal,
  )
}

async function timeSide(
  { folder, timing, signal, onLog }: TimingRequest,
  device: Device,
  candidate: UntimedCandidate,
  side: Side,
  hashes: ReadonlyMap<string, string>,
  store: string,
): Promise<StoredTiming> {
  const split = splitSchema.parse(JSON.parse(await readFile(join(folder, candidate.files.split), 'utf8')))
  const model = hashes.get(join(folder, candidate.files[side]))!
  const check = hashes.get(join(folder, candidate.files.check))!
  const work = [
    side,
    model,
    device.info.name,
    device.info.kind,
    split.features,
    split.bits,
    split.packing,
    split.compressor,
    timing,
  ]
  const key = sha256(JSON.stringify(work)).slice(0, 16)
  const finished = join(store, `${side}-${key}.json`)
  if (existsSync(finished)) return JSON.parse(await readFile(finished, 'utf8'))

  const deployed = { side, model, check, split, threads: timing.threads }
  const result = await device.check(deployed, signal)
  if (!result.ok) {
    throw new CodedError(
      'check-failed',
      `Device ${device.info.name} computes other ${side === 'head' ? 'features' : 'logits'} than the trainer for ${candidate.framework} at ${candidate.partitionPoint}: ${result.reason}.`,
      'Its times would mean nothing. Check the runtime on the device.',
    )
  }
  const samples = join(store, `${side}-${key}.jsonl`)
  await rm(samples, { force: true })
  const rule = { seconds: timing.seconds, minIterations: timing.minIterations }
  const timed = await device.time(
    deployed,
    rule,
    (batch) => appendFileSync(samples, `${JSON.stringify(batch)}\n`),
    signal,
  )
  if (!timed.steady) {
    onLog(
      'warn',
      `The ${side} of ${candidate.framework} at ${candidate.partitionPoint} had not settled when its warm-up ended: other work on ${device.info.name}?`,
    )
  }
  const stored: StoredTiming = { ...timed, side, device: device.info.name }
  await writeFileAtomic(finished, JSON.stringify(stored))
  await rm(samples, { force: true })
  return stored
}
