import { CodedError } from '#common/errors.ts'
import { assertResolvable } from '#common/measurement/clock.ts'
import { median } from '#common/measurement/statistics.ts'

/** Raw samples of cooperative inference, one entry per image, in ms (contract/cooperation.ts says what each is). */
export interface Inferences {
  wholeMs: number[]
  headMs: number[]
  encodeMs: number[]
  answerMs: number[]
  serverMs: number[]
}

/** An hour of a 1 ms inference. */
const maxSamples = 4_000_000
const clockTolerance = 1.2
const clockSlackMs = 2000
/** Parts are differences of the same clock readings: they add up but for rounding. */
const roundingMs = 0.01

/** Keeps the samples of one series and holds both ends to what is possible. Throws `protocol-violated` or `timing-refused`. */
export class InferenceCollector {
  readonly samples: Inferences = { wholeMs: [], headMs: [], encodeMs: [], answerMs: [], serverMs: [] }
  readonly #rule: { seconds: number; minIterations: number }
  readonly #start = performance.now()
  #sumMs = 0

  constructor({ seconds, minIterations }: { seconds: number; minIterations: number }) {
    this.#rule = { seconds, minIterations }
  }

  add(batch: Inferences): void {
    const count = batch.wholeMs.length
    // Such a batch would be a sign of life for ever.
    if (count === 0) throw violated('sent a batch without inferences')
    const names = Object.keys(this.samples) as (keyof Inferences)[]
    if (names.some((name) => batch[name].length !== count)) {
      throw violated('sent a batch of inferences whose parts differ in number')
    }
    if (this.samples.wholeMs.length + count > maxSamples) throw violated('sends inferences without end')
    for (let i = 0; i < count; i++) {
      const [whole, head, encode] = [batch.wholeMs[i]!, batch.headMs[i]!, batch.encodeMs[i]!]
      const [answer, server] = [batch.answerMs[i]!, batch.serverMs[i]!]
      if (Math.abs(head + encode + answer - whole) > roundingMs + 1e-6 * whole) {
        throw violated('reports parts of an inference that do not add up to the whole')
      }
      if (server > answer * 1.01 + 0.1) throw violated('reports a server that worked for longer than its answer took')
      this.#sumMs += whole
    }
    const elapsed = performance.now() - this.#start
    if (this.#sumMs > elapsed * clockTolerance + clockSlackMs) {
      throw new CodedError(
        'timing-refused',
        `The device reports ${Math.round(this.#sumMs)} ms of inferences in ${Math.round(elapsed)} ms: its clock cannot be right.`,
        'Check the clock of the device, then run again.',
      )
    }
    for (const name of names) this.samples[name].push(...batch[name])
  }

  /** After the device's own result: whether it fits to what arrived. */
  finish(result: { samples: number; images: number; argmaxEqual: number; clockResolutionMs: number }): void {
    const count = this.samples.wholeMs.length
    if (result.samples !== count) throw violated(`counts ${result.samples} inferences where ${count} arrived`)
    const { seconds, minIterations } = this.#rule
    if (count < minIterations) throw violated(`ended after ${count} of ${minIterations} inferences`)
    const elapsed = performance.now() - this.#start
    if (elapsed * clockTolerance < seconds * 1000)
      throw violated(`ended after ${Math.round(elapsed)} ms of ${seconds} s`)
    if (result.argmaxEqual > result.images) throw violated('found more images equal than it had')
    assertResolvable(median(this.samples.wholeMs), result.clockResolutionMs)
  }
}

const violated = (what: string): CodedError => new CodedError('protocol-violated', `The agent ${what}.`)
