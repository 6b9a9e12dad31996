import { mkdirSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Side } from '#common/contract/inference.ts'
import type { Progress } from '#common/contract/job.ts'
import type { UntimedCut } from '#common/contract/modelProfile.ts'
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

export interface CutTiming {
  /** The run's folder, below which `cuts/` lies. */
  folder: string
  cuts: readonly UntimedCut[]
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
      const [model, check] = [join(folder, cut.files[side]), join(folder, cut.files.check)]
      const split = splitSchema.parse(JSON.parse(await readFile(join(folder, cut.files.split), 'utf8')))
      const bytes = weigh((await stat(model)).size, (await stat(check)).size)
      return { model, check, split, bytes, key: String(index).padStart(2, '0'), title: cut.point }
    }),
  )
  const timed: { side: StoredSide; error: number }[] = []
  const groups: StoredGroup[] = []
  const stop = waits(device, (text) => say(0, text))
  try {
    for (const group of groupByMemory(planned, device.info.memoryBytes)) {
      const hashes = await bringFiles(
        device,
        [...new Set(group.flatMap(({ model, check }) => [model, check]))],
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
      const jobs = group.map(({ model, check, split, key, title, bytes }) => ({
        deployed: { side, model: hashes.get(model)!, check: hashes.get(check)!, split, threads },
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
        await device.dropFiles([...hashes.values()]).catch(() => {})
      }
      blocks.done += group.length * roundsFor(rule)
    }
  } finally {
    stop()
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
