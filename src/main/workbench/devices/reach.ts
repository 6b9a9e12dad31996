import type { DeviceCard } from '#common/contract/device.ts'
import { CodedError } from '#common/errors.ts'
import { cardOf } from './card.ts'
import type { Device } from './device.ts'
import { connectDevice } from './device.ts'
import { noteSeen } from './registry.ts'
import type { NamedDevice, ResolveContext } from './resolveDevice.ts'
import { transportTo } from './resolveDevice.ts'

/**
 * Connects to a device, whatever it takes (log in, install the runtime, start the agent), greets its agent and, where it
 * is a registered one, remembers what it told. Throws what `Transport.open` and `connectDevice` throw, or `cancelled`.
 */
export async function reachDevice(
  named: NamedDevice,
  options: ResolveContext,
): Promise<{ device: Device; card: DeviceCard }> {
  const { signal } = options
  if (signal.aborted) throw new CodedError('cancelled', 'Cancelled.')
  const device = await connectDevice(transportTo(named, options))
  try {
    const card = cardOf(device.info, await device.conditions(signal))
    if (named.registered) await noteSeen(named.name, { card }).catch(() => {})
    return { device, card }
  } catch (error) {
    await device.close()
    throw error
  }
}
