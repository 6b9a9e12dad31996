import type { DeviceInfo } from '../contract/result.ts'
import { CodedError } from '../errors.ts'

/** Where a device is, taken apart. */
export type DeviceAddress =
  | { kind: 'local' }
  /** `target`: what ssh would be given, `user@host:port` or a host of ~/.ssh/config. */
  | { kind: 'ssh'; target: string }
  /** `user`: who logs in on a console; the default user where it is not there. */
  | { kind: 'serial'; path: string; baud: number; user?: string }
  /** `script`: a profile's name, or the path of a JSON file. `seed` null: the script's own. */
  | { kind: 'simulated'; script: string; seed: number | null }

/** What most boards' consoles run at. */
export const defaultBaud = 115_200
export const defaultSimulation = 'pi-4'

/**
 * An address as a user types it; undefined for what has no scheme, a name. Throws `bad-usage` for an address that is
 * none.
 */
export function parseAddress(text: string): DeviceAddress | undefined {
  if (text === 'local') return { kind: 'local' }
  if (text === 'simulated' || text.startsWith('simulated:')) return simulated(text)
  if (text.startsWith('ssh://')) {
    if (/[\s\p{Cc}]/u.test(text) || text.length <= 'ssh://'.length) {
      throw new CodedError(
        'bad-usage',
        `"${text}" is no SSH address.`,
        'Write ssh://user@host or ssh://user@host:port.',
      )
    }
    return { kind: 'ssh', target: text }
  }
  if (text.startsWith('serial:')) return serial(text)
  return undefined
}

function serial(text: string): DeviceAddress {
  const [path, query] = cut(text.slice('serial:'.length))
  const options = optionsOf(query)
  const baud = options.has('baud') ? Number(options.get('baud')) : defaultBaud
  const user = options.get('user')
  refuseOthers(text, options, ['baud', 'user'])
  if (user !== undefined && !/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(user)) {
    throw new CodedError('bad-usage', `"${text}": "${user}" is no user name.`, 'E.g. serial:/dev/ttyUSB0?user=pi.')
  }
  if (path === '') {
    throw new CodedError(
      'bad-usage',
      `"${text}" names no port.`,
      'Write serial:/dev/ttyUSB0 or serial:COM3?baud=115200.',
    )
  }
  if (!Number.isInteger(baud) || baud < 300 || baud > 4_000_000) {
    throw new CodedError(
      'bad-usage',
      `"${text}": the baud rate is a whole number from 300 to 4000000.`,
      `Write ${`serial:${path}?baud=115200`}.`,
    )
  }
  return { kind: 'serial', path, baud, ...(user === undefined ? {} : { user }) }
}

function simulated(text: string): DeviceAddress {
  const [script, query] = cut(text.slice('simulated:'.length))
  const options = optionsOf(query)
  refuseOthers(text, options, ['seed'])
  const seed = options.has('seed') ? Number(options.get('seed')) : null
  if (seed !== null && !(Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff)) {
    throw new CodedError('bad-usage', `"${text}": the seed is a whole number.`, 'E.g. simulated:pi-4?seed=7.')
  }
  return { kind: 'simulated', script: script || defaultSimulation, seed }
}

/** "a=1&b=2"; nothing in it needs escaping. */
const optionsOf = (query: string): ReadonlyMap<string, string> =>
  new Map(
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [key = '', ...value] = pair.split('=')
        return [key, value.join('=')]
      }),
  )

/** At the last "?", so that a path may hold one. */
function cut(text: string): [path: string, query: string] {
  const at = text.lastIndexOf('?')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function refuseOthers(text: string, options: ReadonlyMap<string, string>, known: readonly string[]): void {
  const other = [...options.keys()].find((key) => !known.includes(key))
  if (other === undefined) return
  throw new CodedError('bad-usage', `"${text}": there is no option "${other}".`, `Options: ${known.join(', ')}.`)
}

/** The kind of an address or of a host of ~/.ssh/config. */
export const kindOfAddress = (text: string): DeviceInfo['kind'] => parseAddress(text)?.kind ?? 'ssh'
