import { mkdirSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Side } from '#common/contract/inference.ts'
import type { Progress } from '#common/contract/job.ts'
import type { CutOutcome, UntimedCut } from '#common/contract/modelProfile.ts'
import type { DeviceInfo, Time } from '#common/contract/result.ts'
import { splitSchema } from '#common/contract/split.ts'
import type { TimingRule } from '#common/measurement/timingLoop.ts'
import { roundsFor } from '#common/measurement/timingLoop.ts'
import { formatBytes } from '#common/units.ts'
import { bringFiles } from '../../devices/bring.ts'
import type { Device } from '../../devices/device.ts'
import { conditionsOf, timeOf, waits } from '../timing.ts'
import type { StoredGroup, StoredSide } from '../timingGroup.ts'
import { timeGroup } from '../timingGroup.ts'
import { groupByMemory, weigh } from '../timingGroups.ts'
import { writeWholePart } from './wholePart.ts'

export interface CutTiming {
  /** The run's folder, below which `cuts/` lies. */
  folder: string
  cuts: readonly UntimedCut[]
  /** What heads and tails share. */
  weights: CutOutcome['weights']
  rule: TimingRule
  threads: number
  seed: number
  signal: AbortSignal
  onProgress(progress: Progress): void
  onLog(level: 'warn' | 'info', text: string): void
}

export interface TimedSide {
  time: Time
  /** Of the check. */
  error: number
}

/** How much of the whole timing is done: blocks of both ends. */
export interface Blocks {
  done: number
  readonly total: number
}

/** All blocks that the timing of these cuts has, on both ends. */
export const blocksOf = (cuts: number, rule: TimingRule): Blocks => ({ done: 0, total: 2 * cuts * roundsFor(rule) })

/**
 * Brings one side of every cut to a machine, as many at once as its memory holds, checks them against the whole model
 * and times them in turns. Their files are removed there again: nobody deploys them.
 */
export async function timeCuts(
  side: Side,
  device: Device,
  request: CutTiming,
  blocks: Blocks,
): Promise<{ sides: TimedSide[]; info: DeviceInfo }> {
  const { folder, cuts, rule, threads, seed, signal, onLog } = request
  const weights = request.weights && { ...request.weights, path: join(folder, request.weights.file) }
  const shared = device.sharedWeights ? weights : null
  const store = join(folder, 'timings')
  await rm(join(store, side), { recursive: true, force: true })
  mkdirSync(join(store, side), { recursive: true })
  const say = (done: number, detail: string): void =>
    request.onProgress({
      ...{ phase: 'time', title: 'Timing heads and tails in turns', unit: 'blocks', detail },
      ...{ done: blocks.done + done, total: blocks.total },
    })
  const planned = await Promise.all(
    cuts.map(async (cut, index) => {
      const [part, check] = [join(folder, cut.files[side]), join(folder, cut.files.check)]
      const split = splitSchema.parse(JSON.parse(await readFile(join(folder, cut.files.split), 'utf8')))
      const read = cut.weightBytes[side]
      const bytes = weigh((await stat(part)).size + read, (await stat(check)).size)
      return { part, check, split, bytes, read, key: String(index).padStart(2, '0'), title: cut.point }
    }),
  )
  const timed: { side: StoredSide; error: number }[] = []
  const groups: StoredGroup[] = []
  const stop = waits(device, (text) => say(0, text))
  try {
    for (const members of groupByMemory(planned, device.info.memoryBytes)) {
      const group = await Promise.all(
        members.map(async (member) => {
          if (shared || member.read === 0) return { ...member, model: member.part }
          const model = `${member.part}.whole`
          await writeWholePart(member.part, weights!.path, model)
          return { ...member, model }
        }),
      )
      const hashes = await bringFiles(
        device,
        [...new Set([...(shared ? [shared.path] : []), ...group.flatMap(({ model, check }) => [model, check])])],
        ({ done, total, bytesPerSecond, etaS }) =>
          request.onProgress({
            ...{
              phase: `send ${side}s`,
              title: `Sending ${side}s to ${device.info.name}`,
              unit: '',
              done,
              total,
              etaS,
            },
            detail: `${formatBytes(done)} of ${formatBytes(total)}${bytesPerSecond ? ` at ${formatBytes(bytesPerSecond)}/s` : ''}`,
          }),
        signal,
      )
      const jobs = group.map(({ model, check, split, read, key, title, bytes }) => ({
        deployed: {
          ...{ side, model: hashes.get(model)!, check: hashes.get(check)!, split, threads },
          ...(shared && read > 0 ? { weights: { hash: shared.hash, bytes: read } } : {}),
        },
        ...{ key, title, bytes },
      }))
      const errors = new Map<string, number>()
      try {
        const { sides, group: stored } = await timeGroup(jobs, {
          ...{ store: join(store, side), device, rule, seed, signal, reference: 'the whole model does' },
          // One line says it for all of them: see below.
          onLog: (level, text) => level === 'info' && onLog(level, text),
          onBlocks: say,
          onCheck: ({ key }, { error }) => errors.set(key, error),
        })
        timed.push(...sides.map((one, index) => ({ side: one, error: errors.get(jobs[index]!.key)! })))
        groups.push(stored)
      } finally {
        // What cannot be removed any more (it was unplugged) stays where it is.
        await device.dropFiles([...hashes.values()].filter((hash) => hash !== shared?.hash)).catch(() => {})
      }
      blocks.done += group.length * roundsFor(rule)
    }
  } finally {
    stop()
    if (shared) await device.dropFiles([shared.hash]).catch(() => {})
  }
  const unsteady = timed.filter((one) => !one.side.steady).length
  if (unsteady > 0) {
    onLog(
      'warn',
      `${unsteady} of ${timed.length} ${side}s had not settled when their warm-up ended: other work on ${device.info.name}?`,
    )
  }
  return {
    sides: timed.map((one) => ({ time: timeOf(one.side, device), error: one.error })),
    info: { ...device.info, conditions: conditionsOf(groups) },
  }
}
