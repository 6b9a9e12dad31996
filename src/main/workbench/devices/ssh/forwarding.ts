import type { Duplex } from 'node:stream'
import type { AcceptConnection, TcpConnectionDetails } from 'ssh2'
import { CodedError } from '#common/errors.ts'
import { printable } from '../printable.ts'
import type { Hop } from './hop.ts'

const loopback = '127.0.0.1'

/** Ports of the board's loopback, carried by the SSH connection. */
export interface SshForwarding {
  /** Listens on a port of the board's loopback that it chooses; every connection made to it there arrives here. */
  forwardIn(onConnection: (stream: Duplex) => void): Promise<{ port: number; close(): void }>
  /** Connects to a port of the board's loopback. */
  forwardOut(port: number): Promise<Duplex>
}

export function forwardingOf(hop: Hop, name: string): SshForwarding {
  const listeners = new Map<number, (stream: Duplex) => void>()
  hop.client.on('tcp connection', (details: TcpConnectionDetails, accept: AcceptConnection, reject: () => void) => {
    const listener = listeners.get(details.destPort)
    if (listener) listener(silenced(accept()))
    else reject()
  })
  return {
    forwardIn: (onConnection) =>
      new Promise((resolve, reject) => {
        attempt(name, 'open a port there', reject, (failed) =>
          hop.client.forwardIn(loopback, 0, (error, port) => {
            if (error) {
              failed(error)
              return
            }
            listeners.set(port, onConnection)
            const close = (): void => {
              if (!listeners.delete(port)) return
              try {
                hop.client.unforwardIn(loopback, port, () => {})
              } catch {
                // The connection is gone, and its ports with it.
              }
            }
            resolve({ port, close })
          }),
        )
      }),
    forwardOut: (port) => connectThrough(hop, name, loopback, port),
  }
}

/** As long as a TCP connection from here may take. */
const connectMs = 20_000

/** A connection from the board on to a host that it can reach; also the way to the next hop. */
export async function connectThrough(hop: Hop, name: string, host: string, port: number): Promise<Duplex> {
  let timer: NodeJS.Timeout | undefined
  let forget = (): void => {}
  const connected = new Promise<Duplex>((resolve, reject) => {
    attempt(name, `connect to ${host}:${port} from there`, reject, (failed) => {
      timer = setTimeout(() => failed(new Error('it does not answer')), connectMs)
      hop.client.forwardOut(loopback, 0, host, port, (error, stream) =>
        error ? failed(error) : resolve(silenced(stream)),
      )
    })
    forget = hop.onEnd((reason) => reject(reason ?? closedHere(name)))
  })
  try {
    return await connected
  } finally {
    clearTimeout(timer)
    forget()
  }
}

/** A stream whose connection breaks fails its readers and writers; nobody else must hear of it. */
function silenced<T extends Duplex>(stream: T): T {
  stream.on('error', () => {})
  return stream
}

const closedHere = (name: string): CodedError => new CodedError('device-failed', `${name}: the connection was closed.`)

function attempt(
  name: string,
  what: string,
  reject: (error: CodedError) => void,
  work: (failed: (error: Error) => void) => void,
): void {
  const failed = (error: Error): void =>
    reject(
      new CodedError(
        'device-failed',
        `${name}: SSH cannot ${what} (${printable(error.message, 120)}).`,
        'Check that the port is served, and that AllowTcpForwarding is not "no" in /etc/ssh/sshd_config there.',
        { reason: 'forwarding' },
      ),
    )
  try {
    work(failed)
  } catch (error) {
    failed(error as Error)
  }
}
