import { appendFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Conditions } from '#common/contract/result.ts'
import { conditionsSchema } from '#common/contract/result.ts'
import type { Block } from '#common/measurement/timingLoop.ts'
import { totalMs } from '#common/measurement/timingLoop.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import type { ConditionsReading } from '../devices/timing.ts'

/** What is appended while sides are timed in turns: one JSON per line. `at`: ISO 8601, by this computer's clock. */
const lineSchema = z.discriminatedUnion('kind', [
  /** Raw samples, in ms: those of one block, or of a tenth of a second of it. */
  z.object({
    kind: z.literal('samples'),
    /** Index in the group. */
    side: z.number().int().nonnegative(),
    round: z.number().int().nonnegative(),
    at: z.string(),
    modelMs: z.array(z.number().nonnegative()),
    codecMs: z.array(z.number().nonnegative()),
  }),
  z.object({ kind: z.literal('conditions'), at: z.string(), conditions: conditionsSchema }),
  /** This round is there as a whole. */
  z.object({ kind: z.literal('round'), round: z.number().int().nonnegative() }),
])
type Line = z.infer<typeof lineSchema>

export type StoredSamples = Omit<Extract<Line, { kind: 'samples' }>, 'kind' | 'side'>
export type StoredConditions = { at: string; conditions: Conditions }

/**
 * Raw samples of a group, appended as they arrive. Whatever ends the process, the rounds that were whole are there
 * again; those of a broken one are dropped when the group is opened.
 */
export class TimingStore {
  readonly path: string
  readonly #samples: StoredSamples[][]
  readonly during: StoredConditions[] = []
  /** Rounds that are there as a whole. */
  rounds = 0
  /** When the device began, by this computer's clock: the smallest that any message allows. */
  #beganAt = Number.POSITIVE_INFINITY
  #round: number | undefined

  private constructor(path: string, sides: number) {
    this.path = path
    this.#samples = Array.from({ length: sides }, () => [])
  }

  /** `maxRounds`: how many whole rounds are wanted back at most. */
  static async open(path: string, sides: number, maxRounds: number): Promise<TimingStore> {
    const store = new TimingStore(path, sides)
    const text = await readFile(path, 'utf8').catch(() => '')
    const lines = text.split('\n').flatMap(parse)
    const whole = lines.findLastIndex((line) => line.kind === 'round' && line.round < maxRounds)
    const kept = lines.slice(0, whole + 1)
    for (const line of kept) store.#take(line)
    if (text !== '') await writeFileAtomic(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
    return store
  }

  /** Of one side, in the order they were taken. */
  samplesOf(side: number): readonly StoredSamples[] {
    return this.#samples[side]!
  }

  addBlock({ side, round, atMs, samples }: Block): void {
    if (this.#round !== undefined && round !== this.#round) this.endRound()
    this.#round = round
    const modelMs = samples.map((sample) => sample.modelMs)
    const codecMs = samples.map((sample) => sample.codecMs)
    const at = this.#moment(
      atMs,
      samples.reduce((sum, sample) => sum + totalMs(sample), 0),
    )
    this.#append({ kind: 'samples', side, round, at, modelMs, codecMs })
  }

  addConditions({ atMs, conditions }: ConditionsReading): void {
    this.#append({ kind: 'conditions', at: this.#moment(atMs, 0), conditions })
  }

  /** The last round that was begun is whole. */
  endRound(): void {
    if (this.#round !== undefined) this.#append({ kind: 'round', round: this.#round })
    this.#round = undefined
  }

  #append(line: Line): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`)
    this.#take(line)
  }

  #take(line: Line): void {
    if (line.kind === 'round') this.rounds = line.round + 1
    else if (line.kind === 'conditions') this.during.push({ at: line.at, conditions: line.conditions })
    else {
      const { kind: _kind, side, ...samples } = line
      this.#samples[side]?.push(samples)
    }
  }

  /** The device counts from its own start; a message cannot have arrived before what it tells had happened. */
  #moment(atMs: number, lastedMs: number): string {
    this.#beganAt = Math.min(this.#beganAt, Date.now() - atMs - lastedMs)
    return new Date(this.#beganAt + atMs).toISOString()
  }
}

/** What a killed process left half-written is no line. */
function parse(text: string): Line[] {
  if (text === '') return []
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text))
    return parsed.success ? [parsed.data] : []
  } catch {
    return []
  }
}
