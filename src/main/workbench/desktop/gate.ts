import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { maxMessageBytes } from '#common/contract/frames.ts'
import { CodedError } from '#common/errors.ts'
import type { Lock } from './lock.ts'
import type { ClosableChannel } from './socketChannel.ts'
import { socketChannel } from './socketChannel.ts'

/** An `import` of it would load Node's whole fetch for one of its names, a tenth of a start. */
const { createServer } = process.getBuiltinModule('node:http')

/** No request is larger; what the other side may answer is bounded by `maxMessageBytes`. */
export const maxRequestBytes = 1024 * 1024

export interface Gate {
  port: number
  /** How many other doors are connected now. */
  connected(): number
  close(): void
}

/**
 * Where the other doors of this workspace come in: a WebSocket on loopback for whoever has read the token in the lock.
 * A browser has no way in here: it cannot send that header, and whatever comes with an Origin is refused.
 */
export function openGate(token: string, attach: (channel: ClosableChannel) => void): Promise<Gate> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes + 64, perMessageDeflate: false })
  const server = createServer((_, response) => {
    response.writeHead(404).end()
  })
  server.on('upgrade', (request, socket, head) => {
    if (!allowed(request, token)) return refuseUpgrade(socket, 401)
    sockets.handleUpgrade(request, socket, head, (joined) => attach(socketChannel(joined)))
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      // The gate alone must not keep a process alive: the command line ends with its job.
      server.unref()
      resolve({
        port: (server.address() as AddressInfo).port,
        connected: () => sockets.clients.size,
        close() {
          for (const client of sockets.clients) client.close(1001)
          server.close()
          server.closeAllConnections()
        },
      })
    })
  })
}

/** Compares in constant time. */
export function sameSecret(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Answers an upgrade with a plain HTTP error, in words of ours, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: 400 | 401 | 403, error?: CodedError): void {
  socket.on('error', () => {})
  const words = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden' }[status]
  const body = error ? JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }) : ''
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const allowed = ({ headers }: IncomingMessage, token: string): boolean =>
  headers.origin === undefined && sameSecret(headers.authorization ?? '', `Bearer ${token}`)

const patienceMs = 5000

/**
 * Connects to the process that a lock names. Undefined where nobody listens there or its token is another's: the lock
 * is a leftover. Throws `run-busy` where a living owner does not answer in five seconds.
 */
export function joinOwner({ port, token, pid }: Lock): Promise<ClosableChannel | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
      headers: { authorization: `Bearer ${token}` },
      maxPayload: maxMessageBytes + 64,
      perMessageDeflate: false,
    })
    const timer = setTimeout(() => {
      socket.terminate()
      reject(
        new CodedError(
          'run-busy',
          `Process ${pid} owns this workspace, but it does not answer.`,
          `Wait a moment, or end process ${pid} and try again.`,
        ),
      )
    }, patienceMs)
    socket.once('open', () => {
      clearTimeout(timer)
      resolve(socketChannel(socket))
    })
    socket.on('error', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
  })
}
