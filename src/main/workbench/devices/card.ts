import type { DeviceCard } from '#common/contract/device.ts'
import type { Conditions } from '#common/contract/result.ts'
import type { Device } from './device.ts'

/** What is remembered of a device after it was reached. `soc`: where a look at the board told it. */
export function cardOf(info: Device['info'], conditions: Conditions | null, soc: string | null = null): DeviceCard {
  const { name: _name, kind: _kind, ...facts } = info
  return { ...facts, soc, conditions, at: new Date().toISOString() }
}
