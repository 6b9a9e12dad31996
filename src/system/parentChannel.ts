import type { ByteChannel } from '#common/contract/channel.ts'
import { processChannel } from './stdio.ts'

/** What Electron gives a utility process in place of stdin: messages wait until somebody listens. */
interface ParentPort {
  on(event: 'message', listener: (message: { data: unknown }) => void): unknown
  postMessage(message: unknown): void
}

/** A structured clone of a view would carry the whole buffer behind it, of which a pooled `Buffer` is a small part. */
export const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.constructor === Uint8Array && bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)

/**
 * The child's end of the protocol: over Electron's port in a utility process, where nothing can be read from stdin, and
 * over stdin and stdout in an ordinary child process. Call it before anything prints.
 */
export function parentChannel(): ByteChannel {
  const { parentPort } = process as { parentPort?: ParentPort }
  return parentPort ? portChannel(parentPort) : processChannel()
}

function portChannel(port: ParentPort): ByteChannel {
  const byteListeners = new Set<(bytes: Uint8Array) => void>()
  const closeListeners = new Set<() => void>()
  let early: Uint8Array[] | undefined = []
  let closed = false
  port.on('message', ({ data }) => {
    if (data instanceof Uint8Array) {
      if (early) early.push(data)
      else for (const listener of byteListeners) listener(data)
      return
    }
    // The parent says goodbye with null; anything else is no protocol of ours.
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener()
    closeListeners.clear()
  })
  return {
    onBytes(listener) {
      byteListeners.add(listener)
      const ready = early ?? []
      early = undefined
      for (const bytes of ready) listener(bytes)
    },
    onClose(listener) {
      if (closed) listener()
      else closeListeners.add(listener)
    },
    async send(bytes) {
      if (closed) throw new Error('The channel is closed.')
      port.postMessage(ownBytes(bytes))
    },
  }
}
