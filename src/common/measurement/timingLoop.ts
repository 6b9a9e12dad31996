import { CodedError } from '../errors.ts'
import { random } from '../random.ts'
import type { Clock } from './clock.ts'
import { assertResolvable, backwards, clockResolution } from './clock.ts'
import { median } from './statistics.ts'
import { isSteady } from './steadyState.ts'

/** One run: the model alone, and encoding or decoding beside it, in ms. */
export interface Sample {
  modelMs: number
  codecMs: number
}

/** What a run costs in all: the device's (or the server's) share of the latency. */
export const totalMs = ({ modelMs, codecMs }: Sample): number => modelMs + codecMs

export interface TimingRule {
  /** The measured part lasts at least this long and has at least so many runs; the longer of the two counts. */
  seconds: number
  minIterations: number
}

/** One of those that are timed in turns: does its work once and says how long its parts took. */
export type Run = (iteration: number) => Promise<Sample>

export interface Block {
  /** Index of the side. */
  side: number
  round: number
  /** When its first run began, in ms since the loop did. */
  atMs: number
  samples: Sample[]
}

export interface TimingLoop {
  sides: readonly Run[]
  /** For every side, over all rounds. */
  rule: TimingRule
  rounds: number
  /** Rounds before it were done by an earlier try, which drew its orders from the same seed. */
  firstRound: number
  seed: number
  clock: Clock
  /** Receives samples about ten times a second; may wait (back-pressure). */
  onBlock(block: Block): Promise<void> | void
  /** Between two blocks, warm-up included: lets the process handle what has arrived, and read its conditions. */
  pause(atMs: number): Promise<void>
  signal: AbortSignal
}

export interface TimingOutcome {
  clockResolutionMs: number
  /** Per side: samples taken now, runs before the first of them, and whether the runs had settled by then. */
  sides: { samples: number; warmup: number; steady: boolean }[]
}

const chunkMs = 100
/** Of a side whose runs are long fewer make a block: three blocks are needed to see that it is steady. */
const warmupBlock = { ms: 10, runs: 5, longMs: 50 } as const
/** Warm-up ends unsteady after half of the measured time, but never before 0.2 s. */
const warmupBoundMs = (rule: TimingRule): number => Math.max(200, rule.seconds * 500)
/** After another side ran, caches hold its weights: a few runs are not counted. Long runs fill them on the way. */
const rewarm = { runs: 3, share: 0.1, longRunMs: 100 } as const

/**
 * How many turns a rule is cut into: enough for an interval over rounds and for drift to hit all sides alike, and blocks
 * not much shorter than half a second, so that switching costs little.
 */
export const roundsFor = (rule: TimingRule): number =>
  Math.max(1, Math.min(rule.minIterations, Math.max(10, Math.ceil(rule.seconds / 0.5))))

/** Order of the sides in a round: drawn anew for each, the same in every try. */
export function orderOfRound(seed: number, round: number, sides: number): number[] {
  return Array.from(random(seed, 'timing', round).shuffle(Uint16Array.from({ length: sides }, (_, side) => side)))
}

/**
 * Warms up every side until its runs are steady, then measures all of them in turns. Throws `timing-refused` where the
 * clock cannot resolve the work of a side, stands still or runs backwards; `cancelled` within one run of the abort.
 */
export async function timingLoop(loop: TimingLoop): Promise<TimingOutcome> {
  const { sides, rule, rounds, clock, signal } = loop
  const clockResolutionMs = clockResolution(clock)
  const begin = clock()
  const iterations = sides.map(() => 0)

  const once = async (side: number): Promise<Sample> => {
    if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
    const sample = await sides[side]!(iterations[side]!++)
    if (!(sample.modelMs >= 0 && sample.codecMs >= 0)) throw backwards()
    return sample
  }
  /** Runs until `done` says that it is long enough. */
  const runs = async (side: number, done: (count: number, elapsedMs: number) => boolean): Promise<Sample[]> => {
    const samples: Sample[] = []
    const start = clock()
    for (;;) {
      samples.push(await once(side))
      const elapsed = clock() - start
      if (elapsed < 0) throw backwards()
      if (done(samples.length, elapsed)) return samples
    }
  }

  const outcomes: TimingOutcome['sides'] = []
  const runMs: number[] = []
  for (let side = 0; side < sides.length; side++) {
    const medians: number[] = []
    const bound = warmupBoundMs(rule)
    const start = clock()
    while (!isSteady(medians) && clock() - start < bound) {
      const taken = await runs(
        side,
        (count, ms) => (count >= warmupBlock.runs && ms >= warmupBlock.ms) || ms >= warmupBlock.longMs,
      )
      medians.push(median(taken.map(totalMs)))
      await loop.pause(clock() - begin)
    }
    assertResolvable(medians.at(-1)!, clockResolutionMs)
    runMs.push(medians.at(-1)!)
    outcomes.push({ samples: 0, warmup: iterations[side]!, steady: isSteady(medians) })
  }

  const blockMs = (rule.seconds * 1000) / rounds
  const blockRuns = Math.ceil(rule.minIterations / rounds)
  for (let round = loop.firstRound; round < rounds; round++) {
    for (const side of orderOfRound(loop.seed, round, sides.length)) {
      if (sides.length > 1 && runMs[side]! < rewarm.longRunMs) {
        await runs(side, (count, ms) => count >= rewarm.runs || ms >= blockMs * rewarm.share)
      }
      const start = clock()
      let count = 0
      const fulfilled = (taken: number): boolean => taken >= blockRuns && clock() - start >= blockMs
      while (!fulfilled(count)) {
        const atMs = clock() - begin
        const samples = await runs(side, (taken, ms) => ms >= chunkMs || fulfilled(count + taken))
        count += samples.length
        await loop.onBlock({ side, round, atMs, samples })
        if (!fulfilled(count)) await loop.pause(clock() - begin)
      }
      outcomes[side]!.samples += count
      await loop.pause(clock() - begin)
    }
  }
  return { clockResolutionMs, sides: outcomes }
}
