import { mkdirSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TimingConfig } from '#common/contract/config.ts'
import type { Side } from '#common/contract/inference.ts'
import type { Progress } from '#common/contract/job.ts'
import type { DeviceInfo, UntimedCandidate } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import { roundMedians, toTimeOfRounds } from '#common/measurement/time.ts'
import { roundsFor } from '#common/measurement/timingLoop.ts'
import { removeStaleTemps } from '../../../system/atomic.ts'
import { sha256 } from '../../../system/hash.ts'
import type { CandidateTimes } from '../comparison/compose.ts'
import type { Device } from '../devices/device.ts'
import { pushSide } from './pushSide.ts'
import type { StoredGroup, StoredSide, TimingJob } from './timingGroup.ts'
import { timeGroup } from './timingGroup.ts'
import { groupByMemory, weigh } from './timingGroups.ts'

/** What a timing looks at. */
export type TimedSplit = Pick<UntimedCandidate, 'id' | 'framework' | 'step' | 'partitionPoint' | 'codec' | 'files'>

export interface TimingRequest {
  /** The run's working folder: candidates below it, raw samples kept in `timings/`. */
  folder: string
  candidates: readonly TimedSplit[]
  device: Device
  server: Device
  timing: TimingConfig
  /** Decides the order of the candidates within the rounds. */
  seed: number
  signal: AbortSignal
  onProgress(progress: Progress): void
  onLog(level: 'warn' | 'info', text: string): void
}

export interface TimingResult {
  times: Map<string, CandidateTimes>
  device: DeviceInfo
  server: DeviceInfo
}

/** Progress is told so often, in ms: every block would fill the run's event log. */
const progressMs = 500

/**
 * Checks every candidate's head on the device and its tail on the server, then times them in turns: every round has one
 * block of each, so that what changes meanwhile hits all of them alike. Files with equal content are timed once. Raw
 * samples are stored as they arrive; a resumed run goes on after the last whole round.
 */
export async function timeCandidates(request: TimingRequest): Promise<TimingResult> {
  const { folder, candidates, device, server, signal, timing } = request
  const store = join(folder, 'timings')
  mkdirSync(store, { recursive: true })
  await removeStaleTemps(store)

  const say = throttled(request.onProgress)
  const sending = (detail: string): void => say(0, 1, detail)
  const heads = await jobsOf(
    request,
    device,
    'head',
    await pushSide(device, candidates, folder, 'head', signal, sending),
  )
  const tails = await jobsOf(
    request,
    server,
    'tail',
    await pushSide(server, candidates, folder, 'tail', signal, sending),
  )
  const total = (heads.jobs.length + tails.jobs.length) * roundsFor(timing)
  const stops = [waits(device, (text) => say(0, total, text)), waits(server, (text) => say(0, total, text))]
  try {
    let before = 0
    const timeAll = async (at: Device, { jobs }: Jobs): Promise<Measured> => {
      const measured: Measured = { sides: new Map(), groups: [] }
      for (const group of groupByMemory(jobs, at.info.memoryBytes)) {
        const { sides, group: stored } = await timeGroup(group, {
          ...request,
          store,
          device: at,
          rule: { seconds: timing.seconds, minIterations: timing.minIterations },
          onBlocks: (done, detail) => say(before + done, total, detail),
        })
        group.forEach(({ key }, index) => {
          measured.sides.set(key, sides[index]!)
        })
        measured.groups.push(stored)
        before += group.length * roundsFor(timing)
      }
      return measured
    }
    const onDevice = await timeAll(device, heads)
    const onServer = await timeAll(server, tails)
    const times = new Map(
      candidates.map(({ id }) => {
        const head = onDevice.sides.get(heads.keyOf.get(id)!)!
        const tail = onServer.sides.get(tails.keyOf.get(id)!)!
        return [
          id,
          {
            device: timeOf(head, device),
            server: timeOf(tail, server),
            rounds: {
              device: roundMedians(perImage(head)),
              server: roundMedians(perImage(tail)),
              head: roundMedians(perImage(head, () => 0)),
              group: `${head.group} ${tail.group}`,
            },
          },
        ] as const
      }),
    )
    return {
      times,
      device: { ...device.info, conditions: conditionsOf(onDevice.groups) },
      server: { ...server.info, conditions: conditionsOf(onServer.groups) },
    }
  } finally {
    for (const stop of stops) stop()
  }
}

interface Measured {
  sides: Map<string, StoredSide>
  groups: StoredGroup[]
}

export interface Jobs {
  jobs: TimingJob[]
  /** By the candidate's id. */
  keyOf: Map<string, string>
}

/** What is to be timed of all candidates on one machine, each content once. */
export async function jobsOf(
  { folder, candidates, timing }: Pick<TimingRequest, 'folder' | 'candidates' | 'timing'>,
  device: Device,
  side: Side,
  hashes: ReadonlyMap<string, string>,
): Promise<Jobs> {
  const jobs = new Map<string, TimingJob>()
  const keyOf = new Map<string, string>()
  for (const candidate of candidates) {
    const path = (name: 'head' | 'tail' | 'check' | 'split'): string => join(folder, candidate.files[name])
    const split = splitSchema.parse(JSON.parse(await readFile(path('split'), 'utf8')))
    const { features, bits, packing, compressor, quality, tiling } = split
    // How long JPEG and WebP take depends on their quality; the keys of all others are what they were.
    const image = quality == null ? [] : [{ quality, tiling }]
    const model = hashes.get(path(side))!
    const work = [
      side,
      model,
      device.info.name,
      device.info.kind,
      features,
      bits,
      packing,
      compressor,
      timing,
      ...image,
    ]
    const key = sha256(JSON.stringify(work)).slice(0, 16)
    keyOf.set(candidate.id, key)
    if (jobs.has(key)) continue
    const { threads, batch } = timing
    const deployed = { side, model, check: hashes.get(path('check'))!, split, threads, batch }
    const bytes = weigh((await stat(path(side))).size, (await stat(path('check'))).size)
    jobs.set(key, { deployed, key, title: titleOf(candidate), bytes })
  }
  return { jobs: [...jobs.values()], keyOf }
}

const titleOf = ({ framework, step, partitionPoint, codec }: TimedSplit): string =>
  `${framework}${step ? ` ${step}` : ''} at ${partitionPoint} (${codec})`

/** In ms per image, by round: what a run took, shared among the images of its batch. */
function perImage({ blocks, batch, rounds }: StoredSide, codec = (ms: number): number => ms): number[][] {
  const byRound: number[][] = Array.from({ length: rounds }, () => [])
  for (const { round, modelMs, codecMs } of blocks) {
    for (let i = 0; i < modelMs.length; i++) byRound[round]?.push((modelMs[i]! + codec(codecMs[i]!)) / batch)
  }
  return byRound
}

export const timeOf = (side: StoredSide, { source }: Device) => toTimeOfRounds(perImage(side), source)

/** As many readings of a series as a report shows. */
const maxReadings = 300

export function conditionsOf(groups: readonly StoredGroup[]): DeviceInfo['conditions'] {
  const [first, last] = [groups[0], groups.at(-1)]
  if (!first || !last) return null
  const all = groups.flatMap(({ during }) => during)
  const step = Math.max(1, Math.ceil(all.length / maxReadings))
  const began = Date.parse(all[0]?.at ?? '')
  const during = all
    .filter((_, index) => index % step === 0)
    .map(({ at, conditions }) => ({ atS: (Date.parse(at) - began) / 1000, conditions }))
  return { before: first.before, after: last.after, during }
}

export const waits = (device: Device, say: (text: string) => void): (() => void) =>
  device.onWaiting(({ pid, since }) =>
    say(`${device.info.name} is busy with another job (process ${pid}, since ${since}): waiting for it`),
  )

export function throttled(emit: (progress: Progress) => void): (done: number, total: number, detail: string) => void {
  let saidAt = Number.NEGATIVE_INFINITY
  let most = 0
  return (done, total, detail) => {
    most = Math.max(most, done)
    const now = performance.now()
    if (now - saidAt < progressMs && most < total) return
    saidAt = now
    emit({ phase: 'time', title: 'Timing heads and tails', unit: 'blocks', done: most, total, detail })
  }
}
