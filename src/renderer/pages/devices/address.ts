import type { DeviceKind, Port } from '#common/contract/device.ts'

export type DeviceChoice = DeviceKind

/** What the add dialog holds. */
export interface AddFields {
  name: string
  host: string
  user: string
  port: number | ''
  path: string
  baud: number | ''
  profile: string
}

export const emptyFields = (): AddFields => ({
  name: '',
  host: '',
  user: '',
  port: '',
  path: '',
  baud: 115_200,
  profile: 'pi-4',
})

/** Rates that boards and adapters use; others can be typed. */
export const bauds = [9600, 57_600, 115_200, 230_400, 460_800, 921_600, 1_500_000]

/** The address as `--device` takes it, or what is missing. */
export function addressOf(kind: DeviceChoice, fields: AddFields): { address: string } | { lacks: string } {
  switch (kind) {
    case 'local':
      return { address: 'local' }
    case 'simulated':
      return { address: `simulated:${fields.profile}` }
    case 'serial': {
      const path = fields.path.trim()
      if (path === '') return { lacks: 'Port: choose one, or type its path.' }
      const { baud } = fields
      if (baud === '' || !Number.isInteger(baud) || baud < 300)
        return { lacks: 'Baud rate: enter a whole number from 300.' }
      return { address: `serial:${path}?baud=${baud}` }
    }
    case 'ssh': {
      const host = fields.host.trim().replace(/^ssh:\/\//, '')
      if (host === '') return { lacks: 'Host: enter an address, or a host of ~/.ssh/config.' }
      if (/[\s/]/.test(host)) return { lacks: 'Host: an address has no spaces or slashes.' }
      const user = fields.user.trim()
      const port = fields.port
      if (port !== '' && !(Number.isInteger(port) && port > 0 && port < 65_536))
        return { lacks: 'Port: enter 1 to 65535.' }
      const [givenUser] = host.includes('@') ? [host.slice(0, host.lastIndexOf('@'))] : [user]
      const place = host.slice(host.lastIndexOf('@') + 1)
      return { address: `ssh://${givenUser ? `${givenUser}@` : ''}${place}${port === '' ? '' : `:${port}`}` }
    }
  }
}

/** A name that is free: from the host, the port's adapter or the profile. */
export function proposedName(kind: DeviceChoice, fields: AddFields, taken: readonly string[]): string {
  const base =
    kind === 'local'
      ? 'this-computer'
      : kind === 'simulated'
        ? `simulated-${fields.profile}`
        : kind === 'serial'
          ? (fields.path.split(/[\\/]/).at(-1) ?? '')
          : fields.host.slice(fields.host.lastIndexOf('@') + 1).replace(/:\d+$/, '')
  const word = base.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'board'
  if (!taken.includes(word)) return word
  for (let number = 2; ; number++) if (!taken.includes(`${word}-${number}`)) return `${word}-${number}`
}

/** "/dev/ttyUSB0 – FTDI (0403:6001, A50285BI)". */
export function portTitle({ path, title, usb }: Port): string {
  const ids = usb ? [`${usb.vendorId}:${usb.productId}`, usb.serialNumber].filter(Boolean).join(', ') : ''
  const about = [title, ids && `(${ids})`].filter(Boolean).join(' ')
  return about ? `${path} – ${about}` : path
}
