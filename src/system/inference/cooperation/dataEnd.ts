import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import type { Connection } from '#common/contract/channel.ts'
import { CodedError } from '#common/errors.ts'

/** One end of a data link: bytes in order, until it is closed from either side. */
export interface DataEnd {
  send(bytes: Uint8Array): void
  /** Replaces an earlier listener; called for what arrives from then on. */
  onBytes(listener: (bytes: Uint8Array) => void): void
  /** Called once, also when it is closed already. */
  onClose(listener: () => void): void
  close(): void
}

const loopback = '127.0.0.1'

export function socketEnd(socket: Socket): DataEnd {
  // A payload must leave when it is there, not when it fills a segment.
  socket.setNoDelay(true)
  let onClose: () => void = () => {}
  let listener: (bytes: Uint8Array) => void = () => {}
  socket.on('data', (bytes) => listener(bytes))
  socket.on('error', () => {})
  socket.on('close', () => onClose())
  return {
    send: (bytes) => void socket.write(bytes),
    onBytes(next) {
      listener = next
    },
    onClose(next) {
      onClose = next
      if (socket.closed) next()
    },
    close: () => socket.destroy(),
  }
}

/** Dials a port of this machine. Throws `device-failed` where nothing answers within five seconds. */
export function dialPort(port: number, signal: AbortSignal): Promise<DataEnd> {
  const socket = connect({ host: loopback, port, timeout: 5000 })
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      socket.destroy()
      reject(new CodedError('device-failed', `The data link cannot be reached: ${why}.`))
    }
    const abort = (): void => {
      socket.destroy()
      reject(new CodedError('cancelled', 'Cancelled.'))
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    socket.once('timeout', () => fail('nothing answered for 5 s'))
    socket.once('error', ({ message }) => fail(message))
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort)
      socket.setTimeout(0)
      socket.removeAllListeners('error')
      resolve(socketEnd(socket))
    })
  })
}

/** Listens on a loopback port that the system chooses. */
export async function listenOnLoopback(onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(onSocket)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, loopback, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return { server, port: address.port }
}

/** Well below what one message of the contract may have. */
const relayChunkBytes = 128 * 1024

/**
 * Data links that go through the connection of the contract itself, where nothing else reaches the device: what one end
 * sends leaves as `data` events, what arrives comes in by `receive`. One end per session.
 */
export class Relay {
  readonly #connection: Pick<Connection, 'emit' | 'onClose'>
  readonly #ends = new Map<string, { bytes(bytes: Uint8Array): void; closed(): void }>()

  constructor(connection: Pick<Connection, 'emit' | 'onClose'>) {
    this.#connection = connection
    connection.onClose(() => {
      for (const end of [...this.#ends.values()]) end.closed()
    })
  }

  /** Bytes for a session that is over are dropped: its last answer may have crossed the end. */
  receive({ session, bytes }: { session: string; bytes: Uint8Array }): void {
    this.#ends.get(session)?.bytes(bytes)
  }

  open(session: string): DataEnd {
    let onBytes: (bytes: Uint8Array) => void = () => {}
    let onClose: () => void = () => {}
    let closed = false
    const close = (): void => {
      if (closed) return
      closed = true
      this.#ends.delete(session)
      onClose()
    }
    this.#ends.set(session, { bytes: (bytes) => onBytes(bytes), closed: close })
    return {
      send: (bytes) => {
        for (let at = 0; at < bytes.length && !closed; at += relayChunkBytes) {
          this.#connection.emit('data', { session, bytes: bytes.subarray(at, at + relayChunkBytes) })
        }
      },
      onBytes: (listener) => {
        onBytes = listener
      },
      onClose: (listener) => {
        onClose = listener
        if (closed) listener()
      },
      close,
    }
  }
}
