import { connect, type Socket } from 'node:net'
import { CodedError } from '#common/errors.ts'
import type { HostSettings } from './config.ts'
import { cancelled, unreachable } from './connectionErrors.ts'

/** TCP to a host has this long. */
const connectMs = 20_000

/** Throws `device-failed` with the system's reason, or `cancelled`. */
export function connectTcp({ name, host, port }: HostSettings, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const timedOut = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => socket.destroy(timedOut), connectMs)
    const onAbort = (): void => void socket.destroy(cancelled())
    signal.addEventListener('abort', onAbort, { once: true })
    const settle = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    socket.once('connect', () => {
      settle()
      socket.removeAllListeners('error')
      // Somebody always listens, or an error would end the process.
      socket.on('error', () => {})
      resolve(socket)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle()
      reject(error instanceof CodedError ? error : unreachable(name, host, port, error))
    })
  })
}
