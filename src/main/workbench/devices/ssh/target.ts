import { CodedError } from '#common/errors.ts'

/** A board as the user names it. What is undefined comes from the SSH configuration, else from SSH's defaults. */
export interface SshTarget {
  /** For messages: as it was typed, without the scheme. */
  readonly name: string
  /** A host name, an address, or a Host of the SSH configuration. */
  readonly host: string
  readonly user: string | undefined
  readonly port: number | undefined
}

const pattern = /^(?:ssh:\/\/)?(?:([^@\s/]+)@)?(?:\[([0-9A-Fa-f:.%\w]+)\]|([^@:\s/[\]]+))(?::(\d{1,5}))?\/?$/

/**
 * `ssh://user@host:port`, `user@host`, `[IPv6]:port`, or a Host of the SSH configuration. Throws `bad-usage` for what is
 * none, also for a password in the address: it would stay in the shell's history and in the device list.
 */
export function parseSshTarget(text: string): SshTarget {
  const [, user, ipv6, name, port] = pattern.exec(text) ?? []
  const host = ipv6 ?? name
  const number = port === undefined ? undefined : Number(port)
  const how = 'Write ssh://user@host:port, or the name of a Host in ~/.ssh/config.'
  // A leading minus would be an option to any program that is given the name.
  if (host === undefined || host.startsWith('-') || user?.startsWith('-') || /\p{Cc}/u.test(text)) {
    throw new CodedError('bad-usage', `"${text.replace(/\p{Cc}/gu, '?')}" is no SSH address.`, how)
  }
  if (user?.includes(':')) {
    throw new CodedError('bad-usage', 'An SSH address holds no password.', `${how} The password is asked for.`)
  }
  if (number !== undefined && (number < 1 || number > 65_535)) {
    throw new CodedError('bad-usage', `"${text}": a port is a number from 1 to 65535.`, how)
  }
  return { name: text.replace(/^ssh:\/\//, '').replace(/\/$/, ''), host, user: user && decode(user), port: number }
}

/** RFC 3986 lets a user name be percent-encoded; one that is not stays as it is. */
function decode(user: string): string {
  try {
    return decodeURIComponent(user)
  } catch {
    return user
  }
}
