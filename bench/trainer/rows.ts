import { loadavg } from 'node:os'
import type { Interval } from '#common/measurement/interval.ts'
import { blockInterval } from '#common/measurement/interval.ts'
import { median } from '#common/measurement/statistics.ts'
import { orderOfRound } from '#common/measurement/timingLoop.ts'

/** A line of a benchmark; null where there is nothing to compare with. */
export interface Row {
  name: string
  /** Ours, in `unit` ("ms" unless said). */
  median: number
  unit?: string
  /** 95 % interval of the median over rounds. */
  spread: Interval | null
  /** Ours over PyTorch's in its default layout, and in the faster one of its two. */
  ratioDefault: number | null
  ratioBest: number | null
  ratioDefaultSpread?: Interval
  ratioBestSpread?: Interval
  /** What is wanted of it, e.g. "≤ 1.15 × default", and what else there is to say. */
  [more: string]: unknown
}

/** Times `runs` runs of one contestant, in ms each. */
export type Contestant = (runs: number) => Promise<number[]>

const blockMs = 1500

/**
 * Blocks of all contestants in turns, in an order drawn anew for each round; a block lasts about 1.5 s, at least two
 * runs. Returns each contestant's median per round.
 */
export async function interleave<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contestants) as Name[]
  const runs = new Map<Name, number>()
  for (const name of names) {
    await contestants[name](2)
    const once = median(await contestants[name](2))
    runs.set(name, Math.max(2, Math.round(blockMs / once)))
  }
  const medians = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (const index of orderOfRound(1, round, names.length)) {
      const name = names[index]!
      medians[name].push(median(await contestants[name](runs.get(name)!)))
    }
  }
  return medians
}

/** The ratio of neighbouring blocks: its median over the rounds, and the 95 % interval. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): { ratio: number; spread: Interval } {
  const ratios = ours.map((ms, round) => ms / theirs[round]!)
  return { ratio: median(ours) / median(theirs), spread: blockInterval(ratios, median(ours) / median(theirs)) }
}

export function rowOf(
  name: string,
  medians: { ours: number[]; default?: number[]; channels_last?: number[] },
  more: Record<string, unknown> = {},
): Row {
  const { ours, default: plain, channels_last: last } = medians
  const best = plain && last ? (median(last) < median(plain) ? last : plain) : undefined
  const [toDefault, toBest] = [plain, best].map((theirs) => theirs && ratioOf(ours, theirs))
  return {
    name,
    median: median(ours),
    spread: blockInterval(ours, median(ours)),
    ratioDefault: toDefault?.ratio ?? null,
    ratioBest: toBest?.ratio ?? null,
    ...(toDefault ? { ratioDefaultSpread: toDefault.spread } : {}),
    ...(toBest ? { ratioBestSpread: toBest.spread } : {}),
    ...(plain ? { torchDefaultMs: median(plain) } : {}),
    ...(last ? { torchChannelsLastMs: median(last) } : {}),
    ...more,
  }
}

const rounded = (value: number): number => Number(value.toPrecision(4))

/** Prints rows as the protocol wants them, or as a table with the machine's load. */
export function printRows(rows: readonly Row[], json: boolean, conditions: Record<string, unknown>): void {
  if (json) {
    console.log(JSON.stringify({ ...conditions, load: loadavg(), rows }, null, 2))
    return
  }
  const readable = (value: unknown): unknown =>
    typeof value === 'number' ? rounded(value) : Array.isArray(value) ? value.map(readable).join(' – ') : value
  console.table(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, readable(value)]))),
  )
  console.log(
    Object.entries({ ...conditions, load: loadavg().map(rounded).join(', ') })
      .map(([key, value]) => `${key}: ${value}`)
      .join(' · '),
  )
}
