import { z } from 'zod'
import type { Conditions } from '../contract/result.ts'
import { random } from '../random.ts'

/**
 * The script of a simulated device. Nothing is invented but what stands here: a head really runs, in the agent that a
 * board would run, on this computer, and every run is then made `gamma` times as long (the agent waits for the rest).
 * Whatever rests on such times is modelled.
 */
export const simulationSchema = z.object({
  board: z.string(),
  cpu: z.string(),
  cores: z.number().int().positive(),
  memoryBytes: z.number().positive(),
  /** How many times slower than this computer: an assumption, not a measurement. */
  gamma: z.number().min(1).max(1000),
  /** Spread of single runs: standard deviation of the logarithm of a log-normal factor with median 1. */
  noise: z.number().min(0).max(1).default(0),
  clockMhz: z.number().positive(),
  governor: z.string().default('ondemand'),
  /** The clock's step in ms; 0: as fine as this computer's. */
  clockStepMs: z.number().min(0).default(0),
  /** Rises from idle towards hot while it works, with this time constant, and falls as fast at rest. */
  temperature: z.object({ idleC: z.number(), hotC: z.number(), riseS: z.number().positive() }),
  /** After so many seconds of work the clock falls to a share of itself, until it has rested; null: never. */
  throttle: z
    .object({ afterS: z.number().positive(), clockShare: z.number().positive().max(1) })
    .nullable()
    .default(null),
  /** The largest model that fits into what is left of the memory, in bytes. */
  largestModelBytes: z.number().positive().nullable().default(null),
  /** The connection is lost after about so many seconds (half to one and a half times), and cannot be made for a while. */
  dropout: z.object({ everyS: z.number().positive(), goneS: z.number().nonnegative() }).nullable().default(null),
  seed: z.number().int().nonnegative().default(1),
})
export type Simulation = z.infer<typeof simulationSchema>

const gib = 1024 ** 3
const pi4: Simulation = simulationSchema.parse({
  board: 'Raspberry Pi 4 Model B (simulated)',
  cpu: 'Cortex-A72 (simulated)',
  cores: 4,
  memoryBytes: 4 * gib,
  gamma: 5,
  noise: 0.02,
  clockMhz: 1800,
  temperature: { idleC: 45, hotC: 72, riseS: 60 },
})

/** Round figures for one core against one core of a desktop computer: assumptions to learn and test with. */
export const simulations: Record<string, Simulation> = {
  'pi-3': {
    ...pi4,
    board: 'Raspberry Pi 3 Model B (simulated)',
    cpu: 'Cortex-A53 (simulated)',
    memoryBytes: gib,
    gamma: 12,
    clockMhz: 1200,
    largestModelBytes: 256 * 1024 ** 2,
  },
  'pi-4': pi4,
  'pi-5': {
    ...pi4,
    board: 'Raspberry Pi 5 Model B (simulated)',
    cpu: 'Cortex-A76 (simulated)',
    memoryBytes: 8 * gib,
    gamma: 2,
    clockMhz: 2400,
    temperature: { idleC: 50, hotC: 75, riseS: 60 },
  },
  /** Loses its connection again and again. */
  flaky: { ...pi4, noise: 0.1, dropout: { everyS: 8, goneS: 2 } },
  /** Without a heat sink: throttles after two seconds of work. */
  hot: {
    ...pi4,
    temperature: { idleC: 60, hotC: 86, riseS: 1.5 },
    throttle: { afterS: 2, clockShare: 0.55 },
  },
}

/** Throttled now, and since boot: the Raspberry Pi's bits. */
const throttledNow = 0x4
const throttledSinceBoot = 0x40000

/** The state of a simulated board over the time it works and rests. Seconds by any clock that runs on. */
export class SimulatedBoard {
  readonly #script: Simulation
  readonly #noise
  /** Seconds of work that are still in it as heat. */
  #heatS = 0
  #throttledOnce = false

  constructor(script: Simulation) {
    this.#script = script
    this.#noise = random(script.seed, 'runs')
  }

  /** How much longer than here the next run takes. */
  slowness(): number {
    const { gamma, noise, throttle } = this.#script
    const spread = Math.exp(noise * this.#noise.normal())
    return (gamma * spread) / (throttle && this.throttled ? throttle.clockShare : 1)
  }

  worked(seconds: number): void {
    this.#heatS += seconds
    if (this.throttled) this.#throttledOnce = true
  }

  rested(seconds: number): void {
    // What is far above the limit is not stored: the case is not that large.
    const full = 5 * this.#script.temperature.riseS
    this.#heatS = Math.max(0, Math.min(this.#heatS, full) - seconds)
  }

  get throttled(): boolean {
    const { throttle } = this.#script
    return throttle !== null && this.#heatS >= throttle.afterS
  }

  conditions(): Omit<Conditions, 'load1'> {
    const { temperature, throttle, clockMhz, governor } = this.#script
    const { idleC, hotC, riseS } = temperature
    const flags = (this.throttled ? throttledNow : 0) | (this.#throttledOnce ? throttledSinceBoot : 0)
    return {
      clockMhz: clockMhz * (throttle && this.throttled ? throttle.clockShare : 1),
      temperatureC: idleC + (hotC - idleC) * (1 - Math.exp(-this.#heatS / riseS)),
      throttled: `0x${flags.toString(16)}`,
      governor,
      otherCores: null,
      nominalMhz: clockMhz,
      onBattery: null,
    }
  }
}

/** When the n-th connection is lost, in seconds after it was made; null: never. */
export function dropoutAfterS({ dropout, seed }: Simulation, connection: number): number | null {
  return dropout && dropout.everyS * (0.5 + random(seed, 'dropout', connection).next())
}
