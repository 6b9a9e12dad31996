import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DeviceCard, DeviceRecord, UsbIdentity } from '#common/contract/device.ts'
import { deviceNameSchema, devicesFileSchema } from '#common/contract/device.ts'
import { kindOfAddress, parseAddress } from '#common/device/address.ts'
import { CodedError } from '#common/errors.ts'
import { writeFileAtomic } from '../../../system/atomic.ts'
import { userFile } from '../store/userFile.ts'
import { withFileLock } from './fileLock.ts'

/** Devices are a user's, like settings; every workspace sees the same. */
export const devicesFile = (): string => userFile('devices.json')

/** In the order they were added. A file that cannot be read is an error rather than an empty list, which the next change would store. */
export function listDevices(): DeviceRecord[] {
  let text: string
  try {
    text = readFileSync(devicesFile(), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    return devicesFileSchema.parse(JSON.parse(text)).devices
  } catch {
    throw new CodedError(
      'bad-data',
      `${devicesFile()} is damaged, or of another version.`,
      'Correct the file, or delete it and add the devices again.',
    )
  }
}

export const findDevice = (name: string): DeviceRecord | undefined => listDevices().find((one) => one.name === name)

/** The device of that name. Throws `unknown-name`, with the names there are. */
export function deviceNamed(name: string): DeviceRecord {
  const devices = listDevices()
  const found = devices.find((one) => one.name === name)
  if (found) return found
  const names = devices.map((one) => one.name).join(', ')
  throw new CodedError(
    'unknown-name',
    `There is no device "${name}".`,
    names ? `Devices: ${names}.` : 'No device has been added yet: splitbench device add NAME ADDRESS.',
  )
}

/**
 * Adds a device; the same name with the same address again is no error and keeps what is known. Throws `bad-usage` for
 * a name or address that is none, or a name that another device has.
 */
export async function addDevice(device: {
  name: string
  address: string
  usb?: UsbIdentity | null
}): Promise<DeviceRecord> {
  const { name, address, usb = null } = device
  if (!deviceNameSchema.safeParse(name).success || parseAddress(name)) {
    throw new CodedError(
      'bad-usage',
      `"${name}" cannot be a device's name.`,
      'Use letters, digits, ".", "_" and "-", at most 63; "local" and "simulated" are taken.',
    )
  }
  kindOfAddress(address)
  return change((devices) => {
    const index = devices.findIndex((one) => one.name === name)
    const known = devices[index]
    if (known && known.address !== address) {
      throw new CodedError(
        'bad-usage',
        `There is a device "${name}" already: ${known.address}.`,
        `Choose another name, or first: splitbench device remove ${name}.`,
      )
    }
    const record: DeviceRecord = known
      ? { ...known, usb: usb ?? known.usb }
      : {
          name,
          kind: kindOfAddress(address),
          address,
          usb,
          addedAt: new Date().toISOString(),
          lastSeen: null,
          card: null,
        }
    if (known) devices[index] = record
    else devices.push(record)
    return record
  })
}

/** Notes that a device was reached just now; one that is not registered (any more) is left alone. */
export async function noteSeen(name: string, seen: { card?: DeviceCard; usb?: UsbIdentity | null }): Promise<void> {
  if (!findDevice(name)) return
  await change((devices) => {
    const known = devices.find((one) => one.name === name)
    if (!known) return
    known.lastSeen = new Date().toISOString()
    // An agent knows no SoC; the look at the board before it was started does.
    if (seen.card) known.card = { ...seen.card, soc: seen.card.soc ?? known.card?.soc ?? null }
    if (seen.usb) known.usb = seen.usb
  })
}

/** What was pushed to the device stays there. Throws `unknown-name`. */
export async function removeDevice(name: string): Promise<DeviceRecord> {
  const record = deviceNamed(name)
  await change((devices) => {
    const index = devices.findIndex((one) => one.name === name)
    if (index >= 0) devices.splice(index, 1)
  })
  return record
}

/** One change at a time, over all processes of this user; the file is complete at every moment. */
function change<T>(alter: (devices: DeviceRecord[]) => T): Promise<T> {
  const file = devicesFile()
  mkdirSync(dirname(file), { recursive: true })
  return withFileLock(`${file}.lock`, async () => {
    const devices = listDevices()
    const result = alter(devices)
    await writeFileAtomic(file, `${JSON.stringify({ protocol: 1, devices }, null, 2)}\n`)
    return result
  })
}
