import { median } from '#common/measurement/statistics.ts'
import { roundsFor, totalMs } from '#common/measurement/timingLoop.ts'
import type { DeployedSide, Device } from '../src/main/workbench/devices/device.ts'

const never = new AbortController().signal

/** Files of a head, and what crosses behind it. */
export interface TimedHead {
  head: string
  check: string
  split: DeployedSide['split']
}

/**
 * Times heads on a device in turns, one thread: what disturbs the machine disturbs all of them. Medians of their rounds
 * in ms, in the order of the heads; each was checked before. Throws for one that computes something else.
 */
export async function headsInTurns(
  on: Device,
  heads: readonly TimedHead[],
  rule: Parameters<typeof roundsFor>[0],
): Promise<number[][]> {
  const sides: DeployedSide[] = []
  for (const { head, check, split } of heads) {
    const hashes = await on.pushFiles([head, check], () => {}, never)
    const side = { side: 'head' as const, model: hashes.get(head)!, check: hashes.get(check)!, split, threads: 1 }
    const { ok, reason } = await on.check(side, never)
    if (!ok) throw new Error(`${head}: ${reason}`)
    sides.push(side)
  }
  const rounds = roundsFor(rule)
  const perRound = sides.map(() => Array.from({ length: rounds }, (): number[] => []))
  await on.timeTogether(
    { sides, rule, rounds },
    { onBlock: ({ side, round, samples }) => perRound[side]![round]!.push(...samples.map(totalMs)) },
    never,
  )
  return perRound.map((each) => each.map((samples) => median(samples)))
}
