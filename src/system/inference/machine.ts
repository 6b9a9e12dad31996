import type { Conditions } from '#common/contract/result.ts'
import { simulationSchema } from '#common/device/simulation.ts'
import { CodedError } from '#common/errors.ts'
import type { Clock } from '#common/measurement/clock.ts'
import { readConditions } from './conditions.ts'
import type { Facts } from './facts.ts'
import { readFacts } from './facts.ts'
import type { OtherLoad } from './load.ts'
import type { RunningSide } from './side.ts'
import { SimulatedMachine } from './simulatedMachine.ts'

/** What the service asks of the machine that it runs on: this one, or one that is simulated on top of it. */
export interface Machine {
  facts(runtimeVersion: string): Promise<Facts>
  /** `others`: the load of other processes since its last reading, where it is asked for. */
  conditions(others?: OtherLoad): Promise<Conditions>
  /** Monotonic, in ms. */
  clock: Clock
  /** Throws `device-failed` for a model that does not fit into its memory. */
  admit(modelBytes: number): void
  /** The side as it runs there. */
  place(side: RunningSide): RunningSide
  /** After work that took `realMs`: lets as much more time pass as this machine would have taken for it. */
  stretch(realMs: number): Promise<void> | void
}

const realMachine: Machine = {
  facts: readFacts,
  conditions: readConditions,
  clock: () => performance.now(),
  admit() {},
  place: (side) => side,
  stretch() {},
}

/** `script`: of a simulated device, as JSON; undefined: this machine as it is. Throws `bad-usage`. */
export function machineOf(script: string | undefined): Machine {
  if (script === undefined) return realMachine
  let value: unknown
  try {
    value = JSON.parse(script)
  } catch {}
  const parsed = simulationSchema.safeParse(value)
  if (!parsed.success) throw new CodedError('bad-usage', 'The script of the simulated device is none.')
  return new SimulatedMachine(parsed.data, realMachine)
}
