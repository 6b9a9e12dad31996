import { CodedError } from '#common/errors.ts'
import { printable } from '../printable.ts'

const again = 'Then run the same command again.'

/** Why no TCP connection came about, from Node's system error. */
export function unreachable(name: string, host: string, port: number, error: NodeJS.ErrnoException): CodedError {
  const where = name.includes(host) ? '' : ` (${host})`
  const [why, hint] = reasons(host, port, error)
  return new CodedError('device-failed', `${name}${where}: ${why}.`, hint, {
    reason: 'unreachable',
    system: error.code,
  })
}

function reasons(host: string, port: number, error: NodeJS.ErrnoException): [why: string, hint: string] {
  switch (error.code) {
    case 'ENOTFOUND':
      return [`there is no host "${host}"`, `Check the spelling, or use the board's address. ${again}`]
    case 'EAI_AGAIN':
      return ['the name service does not answer', `Check this computer's network, or use the board's address. ${again}`]
    case 'ECONNREFUSED':
      return [
        `nothing listens at port ${port}`,
        `Enable SSH on the board (sudo raspi-config), or check the port. ${again}`,
      ]
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return ['it cannot be reached from here', `Check that the board is on and in the same network. ${again}`]
    case 'ETIMEDOUT':
      return ['it does not answer', `Check that the board is on and in the same network. ${again}`]
    case 'ECONNRESET':
    case 'EPIPE':
      return ['it ended the connection at once', `Check that SSH is what answers at port ${port}. ${again}`]
    default:
      return [`the connection failed (${printable(error.message, 120)})`, `Check the address and the network. ${again}`]
  }
}

/** Why two sides that are connected did not come to an understanding. */
export function handshakeFailed(name: string, port: number, error: Error): CodedError {
  const text = printable(error.message, 160)
  const hungUp = /before handshake/i.test(text)
  const notSsh = /identification|header|protocol version|Packet length|bad packet/i.test(text)
  const noCommon = /no matching (.+)/i.exec(text)
  const why = noCommon
    ? `no ${noCommon[1]} in common`
    : hungUp
      ? 'it ended the connection at once'
      : notSsh
        ? `what answers at port ${port} is no SSH server`
        : text.replace(/\.$/, '')
  return new CodedError(
    'device-failed',
    `${name}: the SSH handshake failed: ${why}.`,
    noCommon
      ? "Update the board's SSH server."
      : `Check the port: SSH's own is 22. A board that is starting, or that refused several logins, hangs up for a while. ${again}`,
    { reason: 'handshake' },
  )
}

export const connectionLost = (name: string, why: string): CodedError =>
  new CodedError(
    'device-failed',
    `${name}: the connection was lost (${why}).`,
    'Run the same command again: what has been pushed and timed is kept.',
    { reason: 'connection-lost' },
  )

export const cancelled = (): CodedError => new CodedError('cancelled', 'Cancelled.')
