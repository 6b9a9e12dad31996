import { CodedError } from '#common/errors.ts'
import { openError } from './openError.ts'

/** An open serial port: bytes as they come, without any promise. */
export interface OpenPort {
  readonly path: string
  /** Returns the function that ends the subscription. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void
  /** Resolves when the system has taken them; rejects when the port is gone. */
  write(bytes: Uint8Array): Promise<void>
  /** Called once: with false where `close` was called, with true where the port went away. Also when it is over already. */
  onClose(listener: (unplugged: boolean) => void): void
  close(): Promise<void>
}

/** Opens a port with 8 data bits, no parity, one stop bit, no flow control. Throws `device-failed` with the reason. */
export async function openPort(path: string, baud: number): Promise<OpenPort> {
  const { SerialPort } = await import('serialport').catch((error: Error) => {
    throw new CodedError('component-missing', `Serial ports are not available here: ${error.message}.`)
  })
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false })
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openError(path, error)) : resolve()))
  })
  let ended: { unplugged: boolean } | undefined
  let closing = false
  const closeListeners = new Set<(unplugged: boolean) => void>()
  const over = (): void => {
    if (ended) return
    ended = { unplugged: !closing }
    for (const listener of closeListeners) listener(ended.unplugged)
    closeListeners.clear()
  }
  port.on('close', over)
  port.on('error', () => {})
  return {
    path,
    onBytes(listener) {
      port.on('data', listener)
      return () => port.off('data', listener)
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (ended || !port.isOpen) reject(new Error('The port is closed.'))
        else {
          // A write that waits when the port goes away is never answered.
          const gone = (): void => reject(new Error('The port is closed.'))
          port.once('close', gone)
          port.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), (error) => {
            port.off('close', gone)
            if (error) reject(error)
            else resolve()
          })
        }
      }),
    onClose(listener) {
      if (ended) listener(ended.unplugged)
      else closeListeners.add(listener)
    },
    async close() {
      closing = true
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()))
      over()
    },
  }
}
