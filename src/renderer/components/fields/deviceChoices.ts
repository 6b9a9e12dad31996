import type { DeviceItem } from '#common/contract/devices.ts'
import { kindWords, origin } from '../../devices/words.ts'

/** A device as a form lists it: its name, and what it is. */
export const describeDevice = (device: DeviceItem): string =>
  `${device.name} (${origin(device) ?? device.card?.board ?? kindWords[device.kind]})`
