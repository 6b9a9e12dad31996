import { readFileSync } from 'node:fs'
import type { DeviceAddress } from '#common/device/address.ts'
import type { Simulation } from '#common/device/simulation.ts'
import { simulationSchema, simulations } from '#common/device/simulation.ts'
import { CodedError } from '#common/errors.ts'

/** The script that `simulated:…` names: a profile, or a JSON file of one's own. Throws `unknown-name` or `bad-data`. */
export function simulationOf({ script, seed }: Extract<DeviceAddress, { kind: 'simulated' }>): Simulation {
  const found = script.endsWith('.json') ? fromFile(script) : profile(script)
  return seed === null ? found : { ...found, seed }
}

function profile(name: string): Simulation {
  if (Object.hasOwn(simulations, name)) return simulations[name]!
  throw new CodedError(
    'unknown-name',
    `There is no simulated device "${name}".`,
    `Profiles: ${Object.keys(simulations).join(', ')}; or simulated:FILE.json with a script of your own.`,
  )
}

function fromFile(path: string): Simulation {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new CodedError('bad-data', `${path} cannot be read as JSON: ${(error as Error).message}.`, 'Check the path.')
  }
  const parsed = simulationSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new CodedError(
    'bad-data',
    `${path} is no script of a simulated device (${issue.path.join('.') || 'value'}: ${issue.message}).`,
    'See "Simulated devices" in the docs for what a script holds.',
  )
}
