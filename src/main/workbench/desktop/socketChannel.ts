import type { WebSocket } from 'ws'
import type { ByteChannel } from '#common/contract/channel.ts'
import { CodedError } from '#common/errors.ts'

/** What a reader may be behind before it is taken for dead: events must not pile up in this process for it. */
const maxBacklogBytes = 64 * 1024 * 1024
const maxEarly = 32

export interface ClosableChannel extends ByteChannel {
  close(reason?: CodedError): void
}

/** Bytes over an open WebSocket: each binary message is a piece of the stream. Text is nothing that we speak. */
export function socketChannel(socket: WebSocket): ClosableChannel {
  const closeListeners = new Set<() => void>()
  let listener: ((bytes: Uint8Array) => void) | undefined
  /** What came before anybody listened: whoever connects may speak at once. */
  const early: Uint8Array[] = []
  let closed = socket.readyState >= socket.CLOSING
  // `close` follows every error, an oversized message included.
  socket.on('error', () => {})
  socket.once('close', () => {
    closed = true
    for (const one of closeListeners) one()
    closeListeners.clear()
  })
  const close = (reason?: CodedError): void => {
    // RFC 6455: 1008 policy violation; the reason may have 123 bytes.
    if (reason) socket.close(1008, Buffer.from(`${reason.code}: ${reason.message}`).subarray(0, 120).toString('latin1'))
    else socket.close(1000)
  }
  socket.on('message', (data, isBinary) => {
    if (!isBinary) close(new CodedError('protocol-violated', 'A text message came where binary ones are spoken.'))
    else if (listener) listener(bytesOf(data))
    else if (early.length < maxEarly) early.push(bytesOf(data))
    else close(new CodedError('protocol-violated', 'Too many messages at once.'))
  })
  return {
    onBytes(one) {
      listener = one
      for (const bytes of early.splice(0)) one(bytes)
    },
    onClose(one) {
      if (closed) one()
      else closeListeners.add(one)
    },
    send: (bytes) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('The channel is closed.'))
        if (socket.bufferedAmount > maxBacklogBytes) socket.terminate()
        socket.send(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    close,
  }
}

const bytesOf = (data: Buffer | ArrayBuffer | Buffer[]): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data
