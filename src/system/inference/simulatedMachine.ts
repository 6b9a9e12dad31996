import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises'
import type { Conditions } from '#common/contract/result.ts'
import type { Simulation } from '#common/device/simulation.ts'
import { SimulatedBoard } from '#common/device/simulation.ts'
import { CodedError } from '#common/errors.ts'
import { formatBytes } from '#common/units.ts'
import type { Facts } from './facts.ts'
import type { Machine } from './machine.ts'
import type { RunningSide } from './side.ts'

/** Sleeping is good to a millisecond or two: what is owed is paid in larger pieces, so that the sum is right. */
const payFromMs = 8

/**
 * A slower board on top of this computer: every run is real, and the agent then waits until as much time has passed as
 * the script's board would have taken. What it reports is that longer time, in the proportions of the real run.
 */
export class SimulatedMachine implements Machine {
  readonly #script: Simulation
  readonly #real: Machine
  readonly #board: SimulatedBoard
  #owedMs = 0
  /** When the board's state was brought up to date, by the real clock. */
  #at: number

  constructor(script: Simulation, real: Machine) {
    this.#script = script
    this.#real = real
    this.#board = new SimulatedBoard(script)
    this.#at = real.clock()
  }

  readonly clock = (): number => {
    const { clockStepMs: step } = this.#script
    const now = this.#real.clock()
    return step === 0 ? now : Math.floor(now / step) * step
  }

  async facts(runtimeVersion: string): Promise<Facts> {
    const { board, cpu, cores, memoryBytes, gamma } = this.#script
    const real = await this.#real.facts(runtimeVersion)
    return {
      ...real,
      board,
      cpu: `${cpu}: ${gamma} times slower than this computer's ${real.cpu}`,
      cores,
      memoryBytes,
      os: `simulated on ${real.os}`,
    }
  }

  async conditions(): Promise<Conditions> {
    this.#rest()
    return { ...this.#board.conditions(), load1: 0 }
  }

  admit(modelBytes: number): void {
    const { largestModelBytes: limit } = this.#script
    if (limit === null || modelBytes <= limit) return
    throw new CodedError(
      'device-failed',
      `Not enough memory for a model of ${formatBytes(modelBytes)}: ${formatBytes(limit)} are left.`,
      'Use a smaller width, an earlier partition point, or a device with more memory.',
    )
  }

  place(side: RunningSide): RunningSide {
    return { ...side, run: async (iteration) => this.#slowed(await side.run(iteration)) }
  }

  async #slowed({ modelMs, codecMs }: Awaited<ReturnType<RunningSide['run']>>) {
    const slowness = this.#board.slowness()
    const realMs = modelMs + codecMs
    this.#board.worked((realMs * slowness) / 1000)
    this.#owedMs += realMs * (slowness - 1)
    if (this.#owedMs >= payFromMs) {
      const began = this.#real.clock()
      await delay(Math.floor(this.#owedMs))
      this.#owedMs -= this.#real.clock() - began
    }
    this.#at = this.#real.clock()
    return { modelMs: modelMs * slowness, codecMs: codecMs * slowness }
  }

  /** One piece of work inside a chain: what is owed is paid at once, and to a fraction of a millisecond. */
  async stretch(realMs: number): Promise<void> {
    const slowness = this.#board.slowness()
    this.#board.worked((realMs * slowness) / 1000)
    const end = this.#real.clock() + realMs * (slowness - 1)
    const coarse = end - this.#real.clock() - 2
    if (coarse > 1) await delay(Math.floor(coarse))
    while (this.#real.clock() < end) await immediate()
    this.#at = this.#real.clock()
  }

  #rest(): void {
    const now = this.#real.clock()
    this.#board.rested((now - this.#at) / 1000)
    this.#at = now
  }
}
