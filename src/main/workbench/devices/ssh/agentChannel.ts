import { CodedError } from '#common/errors.ts'
import type { ExitInfo, WatchedChannel } from '../../../../system/watchedChild.ts'
import { printable } from '../printable.ts'
import { cancelled } from './connectionErrors.ts'
import type { Hop } from './hop.ts'
import { orCancelled } from './orCancelled.ts'
import { startCommand } from './remoteCommand.ts'

/** As for a child of this computer: it has so long to end by itself once its input is closed. */
const graceMs = 1000
const stderrBytes = 4096
/** An overloaded board starts a shell slowly, but it starts it. */
const beginMs = 30_000

/**
 * Starts a program on a board and gives its stdin and stdout as a channel. Closing the channel ends the program, and
 * nothing of it stays there. Throws `device-failed` where it cannot be started.
 */
export async function startChannel(
  hop: Hop,
  name: string,
  command: string,
  signal?: AbortSignal,
): Promise<WatchedChannel> {
  const remote = await orCancelled(startCommand(hop, name, command), signal)
  let tail = Buffer.alloc(0)
  remote.onErrors((bytes) => {
    tail = Buffer.concat([tail, bytes]).subarray(-stderrBytes)
  })
  let exit: ExitInfo | null = null
  const closeListeners = new Set<() => void>()
  const pending = new Set<(error: Error) => void>()
  const gone = remote.ended.then((info) => {
    exit = info
    for (const reject of pending) reject(new Error('The channel is closed.'))
    pending.clear()
    for (const listener of closeListeners) listener()
    closeListeners.clear()
  })
  await begin(
    remote.begun,
    () => remote.kill(),
    name,
    () => tail.toString('utf8'),
    signal,
  )

  // A program that closes its output but goes on running could never answer again.
  remote.stdin.once('end', () => {
    const timer = setTimeout(() => remote.kill(), graceMs)
    void gone.then(() => clearTimeout(timer))
  })
  return {
    onBytes: (listener) => remote.onOutput(listener),
    send: (bytes) =>
      new Promise((resolve, reject) => {
        if (exit || !remote.stdin.writable) {
          reject(new Error('The channel is closed.'))
          return
        }
        // The callback of a write whose channel has closed never comes.
        pending.add(reject)
        remote.stdin.write(bytes, (error) => {
          pending.delete(reject)
          if (error) reject(error)
          else resolve()
        })
      }),
    onClose(listener) {
      if (exit) listener()
      else closeListeners.add(listener)
    },
    stderrTail: () => tail.toString('utf8'),
    exit: () => exit,
    async close() {
      remote.stdin.end()
      const timer = setTimeout(() => remote.kill(), graceMs)
      await gone
      clearTimeout(timer)
    },
    kill: () => remote.kill(),
  }
}

async function begin(
  begun: Promise<boolean>,
  kill: () => void,
  name: string,
  words: () => string,
  signal: AbortSignal | undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let onAbort = (): void => {}
  const given = new Promise<'late' | 'cancelled'>((resolve) => {
    timer = setTimeout(() => resolve('late'), beginMs)
    onAbort = () => resolve('cancelled')
    signal?.addEventListener('abort', onAbort, { once: true })
  })
  const outcome = await Promise.race([begun, given])
  clearTimeout(timer)
  signal?.removeEventListener('abort', onAbort)
  if (outcome === true) return
  kill()
  if (outcome === 'cancelled') throw cancelled()
  const said = printable(words(), 160)
  throw new CodedError(
    'device-failed',
    `${name}: the account there runs no commands${outcome === 'late' ? ` within ${beginMs / 1000} s` : ''}${said ? ` (${said})` : ''}.`,
    'Use an account with an ordinary login shell.',
  )
}
