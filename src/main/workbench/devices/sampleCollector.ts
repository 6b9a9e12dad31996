import { CodedError } from '#common/errors.ts'
import { assertResolvable } from '#common/measurement/clock.ts'
import { median } from '#common/measurement/statistics.ts'
import type { Block, Sample, TimingRule } from '#common/measurement/timingLoop.ts'
import { totalMs } from '#common/measurement/timingLoop.ts'

/** Ten seconds of a 10 µs head are a million. */
const maxSamplesPerSide = 4_000_000
const maxSamples = 20_000_000
/** A device's clock may drift against ours, and an event may wait on its way; it cannot have worked longer than we waited. */
const clockTolerance = 1.2
const clockSlackMs = 2000

export interface ExpectedTiming {
  sides: number
  rule: TimingRule
  rounds: number
  firstRound: number
  /** So long every side may take, warmed up as the rule allows, before a sample comes, in ms. */
  patienceMs: number
}

/**
 * Keeps the samples of one timing and holds the device to what is possible: sides and rounds that were asked for, in
 * order, equal counts, not longer than the time that passed here, not without end, no result before the rule can be
 * fulfilled. Throws `protocol-violated` or `timing-refused`.
 */
export class SampleCollector {
  readonly samples: Sample[][]
  readonly #expected: ExpectedTiming
  readonly #start = performance.now()
  /** Share of the rule that is to be fulfilled now: the rest was done by an earlier try. */
  readonly #share: number
  readonly #minRuns: number
  #count = 0
  #sumMs = 0
  #round = 0
  #readings = 0
  /** When samples came last, in ms since the start. */
  #heardAtMs = 0

  constructor(expected: ExpectedTiming) {
    const { sides, rule, rounds, firstRound } = expected
    this.#expected = expected
    this.#round = firstRound
    this.#share = (rounds - firstRound) / rounds
    this.#minRuns = Math.ceil(rule.minIterations / rounds) * (rounds - firstRound)
    this.samples = Array.from({ length: sides }, () => [])
  }

  /** One batch as it arrived; returns it as a block. */
  add(batch: { side: number; round: number; atMs: number; modelMs: number[]; codecMs: number[] }): Block {
    const { side, round, atMs, modelMs, codecMs } = batch
    const { rounds, rule } = this.#expected
    const own = this.samples[side]
    if (!own) throw violated('sent samples of a side that it was not asked for')
    if (round < this.#round || round >= rounds) throw violated('sent samples of a round that is not due')
    this.#round = round
    if (modelMs.length !== codecMs.length) throw violated('sent a batch of samples whose parts differ in number')
    // Such a batch would be a sign of life for ever.
    if (modelMs.length === 0) throw violated('sent a batch without samples')
    this.#heardAtMs = this.#elapsed()
    this.#count += modelMs.length
    if (own.length + modelMs.length > maxSamplesPerSide || this.#count > maxSamples) {
      throw violated('sends samples without end')
    }
    const samples = modelMs.map((model, i) => ({ modelMs: model, codecMs: codecMs[i]! }))
    for (const sample of samples) this.#sumMs += totalMs(sample)
    const claimed = Math.max(this.#sumMs, atMs)
    if (claimed > this.#elapsed() * clockTolerance + clockSlackMs) {
      throw new CodedError(
        'timing-refused',
        `The device reports ${Math.round(claimed)} ms of work in ${Math.round(this.#elapsed())} ms: its clock cannot be right.`,
        'Check the clock of the device, then time again.',
      )
    }
    const endless = this.#elapsed() > 3 * this.samples.length * rule.seconds * 1000 + 60_000
    if (endless && this.samples.every(({ length }) => length >= this.#minRuns)) {
      throw violated('does not end a timing that is complete')
    }
    for (const sample of samples) own.push(sample)
    return { side, round, atMs, samples }
  }

  /** Readings come about once a second; more than ten in a second are no readings. */
  addConditions(atMs: number): void {
    this.#readings++
    if (this.#readings > 100 + this.#elapsed() / 100) throw violated('sends conditions without end')
    const { sides, rule, patienceMs } = this.#expected
    const without = this.#elapsed() - this.#heardAtMs
    if (without > sides * (rule.seconds * 500 + patienceMs) + patienceMs) {
      throw violated(`has sent conditions but no samples for ${Math.round(without / 1000)} s`)
    }
    if (atMs > this.#elapsed() * clockTolerance + clockSlackMs) throw violated('sends conditions of the future')
  }

  /** After the device's own result: whether it fits to what arrived. */
  finish(result: { sides: { samples: number }[]; clockResolutionMs: number }): void {
    const { rule } = this.#expected
    if (result.sides.length !== this.samples.length) {
      throw violated(`answers for ${result.sides.length} sides instead of ${this.samples.length}`)
    }
    for (const [side, samples] of this.samples.entries()) {
      const count = samples.length
      const told = result.sides[side]!.samples
      if (told !== count) throw violated(`counts ${told} samples where ${count} arrived`)
      if (count < this.#minRuns) throw violated(`ended after ${count} of ${this.#minRuns} runs`)
      if (count > 0) assertResolvable(median(samples.map(totalMs)), result.clockResolutionMs)
    }
    const dueS = rule.seconds * this.samples.length * this.#share
    if (this.#elapsed() * clockTolerance < dueS * 1000) {
      throw violated(`ended after ${Math.round(this.#elapsed())} ms of ${dueS} s`)
    }
  }

  #elapsed(): number {
    return performance.now() - this.#start
  }
}

const violated = (what: string): CodedError => new CodedError('protocol-violated', `The agent ${what}.`)
