import { CodedError } from '#common/errors.ts'
import { assertResolvable } from '#common/measurement/clock.ts'
import { median } from '#common/measurement/statistics.ts'
import type { Sample, TimingRule } from '#common/measurement/timingLoop.ts'

/** Ten seconds of a 10 µs head are a million. */
const maxSamples = 4_000_000
/** A device's clock may drift against ours, and an event may wait on its way; it cannot have worked longer than we waited. */
const clockTolerance = 1.2
const clockSlackMs = 2000

/**
 * Keeps the samples of one timing and holds the device to what is possible: equal counts, not longer than the time that
 * passed here, not without end, no result before the rule can be fulfilled. Throws `protocol-violated` or
 * `timing-refused`.
 */
export class SampleCollector {
  readonly modelMs: number[] = []
  readonly codecMs: number[] = []
  readonly #rule: TimingRule
  readonly #start = performance.now()
  #sumMs = 0

  constructor(rule: TimingRule) {
    this.#rule = rule
  }

  /** One batch as it arrived; returns it as samples. */
  add(batch: { modelMs: number[]; codecMs: number[] }): Sample[] {
    const { modelMs, codecMs } = batch
    if (modelMs.length !== codecMs.length) throw violated('sent a batch of samples whose parts differ in number')
    if (this.modelMs.length + modelMs.length > maxSamples) throw violated('sends samples without end')
    const samples = modelMs.map((model, i) => ({ modelMs: model, codecMs: codecMs[i]! }))
    for (const sample of samples) this.#sumMs += sample.modelMs + sample.codecMs
    if (this.#sumMs > this.#elapsed() * clockTolerance + clockSlackMs) {
      throw new CodedError(
        'timing-refused',
        `The device reports ${Math.round(this.#sumMs)} ms of work in ${Math.round(this.#elapsed())} ms: its clock cannot be right.`,
        'Check the clock of the device, then time again.',
      )
    }
    const endless = this.#elapsed() > 3 * this.#rule.seconds * 1000 + 60_000
    if (endless && this.modelMs.length >= this.#rule.minIterations)
      throw violated('does not end a timing that is complete')
    for (const sample of samples) {
      this.modelMs.push(sample.modelMs)
      this.codecMs.push(sample.codecMs)
    }
    return samples
  }

  /** After the device's own result: whether it fits to what arrived. */
  finish(result: { samples: number; clockResolutionMs: number }): void {
    const count = this.modelMs.length
    if (result.samples !== count) throw violated(`counts ${result.samples} samples where ${count} arrived`)
    if (count < this.#rule.minIterations) throw violated(`ended after ${count} of ${this.#rule.minIterations} runs`)
    if (this.#elapsed() * clockTolerance < this.#rule.seconds * 1000) {
      throw violated(`ended after ${Math.round(this.#elapsed())} ms of ${this.#rule.seconds} s`)
    }
    assertResolvable(median(this.modelMs.map((model, i) => model + this.codecMs[i]!)), result.clockResolutionMs)
  }

  #elapsed(): number {
    return performance.now() - this.#start
  }
}

const violated = (what: string): CodedError => new CodedError('protocol-violated', `The agent ${what}.`)
