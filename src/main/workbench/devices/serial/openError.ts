import { statSync } from 'node:fs'
import { CodedError } from '#common/errors.ts'
import { printable } from '../printable.ts'
import { holderOf } from './holder.ts'

/** What stands in the way of opening a port, with the fix. `error`: as serialport reports it. */
export function openError(path: string, error: unknown): CodedError {
  const text = error instanceof Error ? error.message : String(error)
  if (/lock port|temporarily unavailable|resource busy|EBUSY|access denied/i.test(text) && !/permission/i.test(text)) {
    const holder = holderOf(path)
    const who = holder ? `${printable(holder.name)} (process ${holder.pid})` : 'another program'
    return new CodedError('device-failed', `${path} is in use by ${who}.`, 'Close it there, then try again.', {
      pid: holder?.pid ?? null,
    })
  }
  if (/permission denied|EACCES|EPERM/i.test(text)) {
    return new CodedError(
      'device-failed',
      `${path} may not be opened by this user.`,
      process.platform === 'linux'
        ? `Join the group that owns it (${groupOf(path)}): sudo usermod -aG ${groupOf(path)} $USER, then log in again.`
        : 'Check the permissions of the port.',
    )
  }
  if (/no such file|ENOENT|cannot find|ENXIO|no such device/i.test(text)) {
    return new CodedError(
      'device-failed',
      `There is no port ${path}.`,
      'Plug the adapter in and look at the list of ports. An adapter that is plugged in and not listed lacks a driver: dmesg (Linux) or the device manager (Windows) names its chip, e.g. CH340, CP210x or FTDI.',
    )
  }
  if (/inappropriate ioctl|not a tty|ENOTTY|EINVAL|invalid argument|cannot open/i.test(text)) {
    return new CodedError('device-failed', `${path} is no serial port.`, 'Check the path.')
  }
  return new CodedError('device-failed', `${path} cannot be opened: ${printable(text)}.`)
}

/** By number where it is not one of the usual ones. */
function groupOf(path: string): string {
  try {
    const { gid } = statSync(path)
    return gid === 20 ? 'dialout' : gid === 0 ? 'root' : String(gid)
  } catch {
    return 'dialout'
  }
}
