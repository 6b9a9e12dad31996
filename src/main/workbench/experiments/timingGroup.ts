import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckResult, Side } from '#common/contract/inference.ts'
import type { Conditions } from '#common/contract/result.ts'
import { CodedError } from '#common/errors.ts'
import type { TimingRule } from '#common/measurement/timingLoop.ts'
import { roundsFor } from '#common/measurement/timingLoop.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { sha256 } from '../../../system/hash.ts'
import type { Device } from '../devices/device.ts'
import type { DeployedSide } from '../devices/timing.ts'
import type { StoredConditions, StoredSamples } from './timingStore.ts'
import { TimingStore } from './timingStore.ts'

/** One side to time; several candidates may share it. */
export interface TimingJob {
  deployed: DeployedSide
  /** Of everything that decides its time: names its file. */
  key: string
  /** For messages: "two-step step1 at pool3". */
  title: string
  bytes: number
}

/** `timings/<side>-<key>.json`: one side's raw samples in the order they were taken, with the moments of their blocks. */
export interface StoredSide {
  protocol: 1
  side: Side
  device: string
  title: string
  batch: number
  threads: number
  warmup: number
  /** Whether the runs had settled when the first sample was taken. */
  steady: boolean
  clockResolutionMs: number
  /** Names `timings/group-<group>.json`: those that were timed in turns, and the conditions meanwhile. */
  group: string
  rounds: number
  blocks: StoredSamples[]
}

/** `timings/group-<group>.json` */
export interface StoredGroup {
  protocol: 1
  device: string
  rule: TimingRule
  rounds: number
  seed: number
  /** File names of the sides, in the order of the request. */
  sides: string[]
  before: Conditions
  after: Conditions
  during: StoredConditions[]
}

export interface GroupRequest {
  /** Where timings are stored. */
  store: string
  device: Device
  rule: TimingRule
  seed: number
  signal: AbortSignal
  /** Blocks (one side in one round) that are done. */
  onBlocks(done: number, detail: string): void
  onLog(level: 'warn' | 'info', text: string): void
  /** Told of every check that was passed. */
  onCheck?(job: TimingJob, result: CheckResult): void
  /** What the outputs are compared with; default: the trainer. */
  reference?: string
}

/**
 * Checks and times a group's sides in turns and stores what was measured. A finished group is read back; one that was
 * broken off goes on with the round that was not whole. Throws `check-failed` where the device computes something else.
 */
export async function timeGroup(
  jobs: readonly TimingJob[],
  request: GroupRequest,
): Promise<{ sides: StoredSide[]; group: StoredGroup }> {
  const { store, device, rule, seed, signal } = request
  const rounds = roundsFor(rule)
  const name = sha256(JSON.stringify([jobs.map(({ key }) => key), rounds, seed])).slice(0, 16)
  const fileOf = ({ deployed, key }: TimingJob): string => `${deployed.side}-${key}.json`
  const finished = join(store, `group-${name}.json`)
  if (existsSync(finished)) {
    request.onBlocks(jobs.length * rounds, 'timed already')
    const read = async <T>(path: string): Promise<T> => JSON.parse(await readFile(join(store, path), 'utf8')) as T
    return {
      sides: await Promise.all(jobs.map((job) => read<StoredSide>(fileOf(job)))),
      group: await read<StoredGroup>(`group-${name}.json`),
    }
  }

  await checkAll(jobs, request)
  const raw = join(store, `group-${name}.jsonl`)
  // The last round is always run: the answer to it holds what the store does not.
  const samples = await TimingStore.open(raw, jobs.length, rounds - 1)
  const first = samples.rounds
  if (first > 0) request.onLog('info', `Timing goes on with round ${first + 1} of ${rounds}.`)
  const blocks = new Set<string>()
  const timed = await device.timeTogether(
    { sides: jobs.map(({ deployed }) => deployed), rule, rounds, firstRound: first, seed },
    {
      onBlock(block) {
        samples.addBlock(block)
        blocks.add(`${block.round}/${block.side}`)
        request.onBlocks(
          first * jobs.length + blocks.size - 1,
          `round ${block.round + 1} of ${rounds}: ${jobs[block.side]!.title} on ${device.info.name}`,
        )
      },
      onConditions: (reading) => samples.addConditions(reading),
    },
    signal,
  )
  samples.endRound()
  request.onBlocks(jobs.length * rounds, '')

  const sides = jobs.map(({ deployed, title }, index): StoredSide => {
    const { warmup, steady } = timed.sides[index]!
    if (!steady) {
      request.onLog(
        'warn',
        `The ${deployed.side} of ${title} had not settled when its warm-up ended: other work on ${device.info.name}?`,
      )
    }
    const { side, threads, batch = 1 } = deployed
    return {
      protocol: 1,
      side,
      device: device.info.name,
      title,
      batch,
      threads,
      warmup,
      steady,
      clockResolutionMs: timed.clockResolutionMs,
      group: name,
      rounds,
      blocks: [...samples.samplesOf(index)],
    }
  })
  const group: StoredGroup = {
    protocol: 1,
    device: device.info.name,
    rule,
    rounds,
    seed,
    sides: jobs.map(fileOf),
    before: timed.before,
    after: timed.after,
    during: samples.during,
  }
  for (const [index, side] of sides.entries()) {
    await writeFileAtomic(join(store, fileOf(jobs[index]!)), JSON.stringify(side))
  }
  // Last: it says that the others are there.
  await writeFileAtomic(finished, JSON.stringify(group))
  await rm(raw, { force: true })
  return { sides, group }
}

async function checkAll(jobs: readonly TimingJob[], request: GroupRequest): Promise<void> {
  const { device, signal, onBlocks, onCheck, reference = 'the trainer' } = request
  for (const job of jobs) {
    const { deployed, title } = job
    onBlocks(0, `checking the ${deployed.side} of ${title} on ${device.info.name}`)
    const result = await device.check(deployed, signal, { keep: true })
    if (result.ok) {
      onCheck?.(job, result)
      continue
    }
    throw new CodedError(
      'check-failed',
      `Device ${device.info.name} computes other ${deployed.side === 'head' ? 'features' : 'logits'} than ${reference} for ${title}: ${result.reason}.`,
      'Its times would mean nothing. Check the runtime on the device.',
    )
  }
}
