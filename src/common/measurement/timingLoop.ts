import { CodedError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { assertResolvable, backwards, clockResolution } from './clock.ts'
import { median } from './statistics.ts'
import { isSteady } from './steadyState.ts'

/** One run: the model alone, and encoding or decoding beside it, in ms. */
export interface Sample {
  modelMs: number
  codecMs: number
}

export interface TimingRule {
  /** The measured part lasts at least this long and has at least so many runs; the longer of the two counts. */
  seconds: number
  minIterations: number
}

export interface TimingOutcome {
  samples: number
  /** Runs before the first sample. */
  warmup: number
  /** False where the warm-up's bound was hit before the runs agreed. */
  steady: boolean
  clockResolutionMs: number
}

export interface TimingLoop {
  rule: TimingRule
  clock: Clock
  /** Does the work once and says how long its parts took by the same clock. */
  run(iteration: number): Promise<Sample>
  /** Receives the samples of every block, about ten times a second; may wait (back-pressure). */
  onBlock(samples: Sample[]): Promise<void> | void
  /** Lets the process handle what has arrived, a cancellation among it. */
  pause(): Promise<void>
  signal: AbortSignal
}

const blockMs = 100
const warmupBlock = { ms: 10, runs: 5 } as const
/** Warm-up ends unsteady after half of the measured time, but never before 0.2 s. */
const warmupBoundMs = (rule: TimingRule): number => Math.max(200, rule.seconds * 500)

/**
 * Warms up until the runs are steady, then measures for `rule`. Throws `timing-refused` where the clock cannot resolve
 * the work, stands still or runs backwards; `cancelled` within one run of the signal's abort.
 */
export async function timingLoop(loop: TimingLoop): Promise<TimingOutcome> {
  const { rule, clock, signal } = loop
  const clockResolutionMs = clockResolution(clock)
  let iteration = 0
  /** Runs until `done` says that the block is long enough. */
  const block = async (done: (runs: number, elapsedMs: number) => boolean): Promise<Sample[]> => {
    const samples: Sample[] = []
    const start = clock()
    for (;;) {
      if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
      const sample = await loop.run(iteration++)
      if (!(sample.modelMs >= 0 && sample.codecMs >= 0)) throw backwards()
      samples.push(sample)
      const elapsed = clock() - start
      if (elapsed < 0) throw backwards()
      if (done(samples.length, elapsed)) return samples
    }
  }

  const medians: number[] = []
  const bound = warmupBoundMs(rule)
  const warmupStart = clock()
  while (!isSteady(medians) && clock() - warmupStart < bound) {
    const samples = await block((runs, ms) => (runs >= warmupBlock.runs && ms >= warmupBlock.ms) || ms >= bound)
    medians.push(median(samples.map(totalMs)))
    await loop.pause()
  }
  const warmup = iteration
  assertResolvable(medians.at(-1)!, clockResolutionMs)

  const start = clock()
  let samples = 0
  const fulfilled = (count: number): boolean => count >= rule.minIterations && clock() - start >= rule.seconds * 1000
  while (!fulfilled(samples)) {
    const taken = await block((runs, ms) => ms >= blockMs || fulfilled(samples + runs))
    samples += taken.length
    await loop.onBlock(taken)
    await loop.pause()
  }
  return { samples, warmup, steady: isSteady(medians), clockResolutionMs }
}

/** What a run costs in all: the device's (or the server's) share of the latency. */
export const totalMs = ({ modelMs, codecMs }: Sample): number => modelMs + codecMs
