import type { InferenceContract, Side } from '#common/contract/inference.ts'
import type { Conditions } from '#common/contract/result.ts'
import type { Handlers } from '#common/contract/rpc.ts'
import type { Split } from '#common/contract/split.ts'
import type { ProfiledNode } from '#common/measurement/profile.ts'
import type { Block, Sample, TimingRule } from '#common/measurement/timingLoop.ts'
import { roundsFor } from '#common/measurement/timingLoop.ts'

/** One side of a split as the device knows it: files by their hash, pushed before. */
export interface DeployedSide {
  side: Side
  model: string
  /** Where the model's weights lie in a file of their own: its hash, and how many bytes of it the model reads. */
  weights?: { hash: string; bytes: number } | undefined
  check: string
  split: Split
  threads: number
  /** Images per run; 1 unless given. */
  batch?: number
}

/** One side alone. */
export interface Timing {
  /** In the order they were taken, in ms. */
  modelMs: number[]
  codecMs: number[]
  warmup: number
  /** Whether the runs had settled when the first sample was taken. */
  steady: boolean
  before: Conditions
  after: Conditions
  clockResolutionMs: number
}

/** Several sides that are timed in turns. */
export interface TimingWork {
  sides: readonly DeployedSide[]
  rule: TimingRule
  /** Default: `roundsFor(rule)`. */
  rounds?: number
  /** Rounds that an earlier try has finished. */
  firstRound?: number
  /** Decides the order within the rounds; an earlier try must have had the same. */
  seed?: number
}

export interface ConditionsReading {
  /** Since the timing began on the device. */
  atMs: number
  conditions: Conditions
}

export interface TimingWatch {
  /** Every block as it arrives, so that raw samples survive whatever comes after. */
  onBlock?(block: Block): void
  onConditions?(reading: ConditionsReading): void
}

/** The answer; raw samples went to `onBlock` and are here once more, per side. */
export interface TimingsTogether {
  sides: { samples: Sample[]; warmup: number; steady: boolean }[]
  before: Conditions
  after: Conditions
  during: ConditionsReading[]
  clockResolutionMs: number
}

export type ProfileResult = { runs: number; nodes: ProfiledNode[] }

type TimeParams = Omit<Parameters<Handlers<InferenceContract>['time']>[0], 'sides' | 'timing'>

/** The parts of the request that were not said. */
export const timeParams = ({ rule, rounds, firstRound = 0, seed = 0 }: TimingWork): TimeParams => ({
  rule,
  rounds: rounds ?? roundsFor(rule),
  firstRound,
  seed,
})
