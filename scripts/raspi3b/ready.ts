import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until an SSH server says who it is. QEMU takes connections before anybody listens behind it, so a connection is
 * no sign. False where `signal` ended the wait.
 */
export async function bannerOf(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    // One that waits for longer was taken before the board had an address, and is never answered.
    const heard = await Promise.race([
      once(socket, 'data').then(() => true),
      once(socket, 'close').then(() => false),
      sleep(2000, false),
    ]).catch(() => false)
    socket.destroy()
    if (heard) return true
    await sleep(200)
  }
  return false
}
