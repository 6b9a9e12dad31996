import type { ChildProcess } from 'node:child_process'
import { Console } from 'node:console'
import type { Readable, Writable } from 'node:stream'
import type { ByteChannel } from '#common/contract/channel.ts'

/** Bytes over a pair of streams. The channel is closed when either of them is. */
export function streamChannel(input: Readable, output: Writable): ByteChannel {
  const closeListeners = new Set<() => void>()
  let closed = false
  const close = (): void => {
    if (closed) return
    closed = true
    for (const listener of closeListeners) listener()
    closeListeners.clear()
  }
  for (const event of ['end', 'close', 'error'] as const) input.once(event, close)
  for (const event of ['close', 'error'] as const) output.once(event, close)
  // Later errors (a second EPIPE) would otherwise have no listener and end the process.
  input.on('error', () => {})
  output.on('error', () => {})
  return {
    onBytes(listener) {
      input.on('data', (chunk: Buffer) => listener(chunk))
    },
    onClose(listener) {
      if (closed) listener()
      else closeListeners.add(listener)
    },
    send: (bytes) =>
      new Promise((resolve, reject) => {
        if (closed || output.destroyed) reject(new Error('The channel is closed.'))
        else output.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
  }
}

/** The parent's end of a child that was spawned with three pipes. */
export function childChannel(child: ChildProcess): ByteChannel {
  const { stdin, stdout } = child
  if (!stdin || !stdout) throw new Error('The child process has no pipes.')
  return streamChannel(stdout, stdin)
}

/**
 * From here on `console.*` and `process.stdout.write` go to stderr, so that a stray print of some library cannot break
 * what stdout carries. Returns the real way to stdout.
 */
export function leaveStdout(): typeof process.stdout.write {
  const { stdout, stderr } = process
  const write = stdout.write.bind(stdout)
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write
  globalThis.console = new Console(stderr, stderr)
  return write
}

/** The child's end: stdin and stdout carry the protocol. Call it before anything prints. */
export function processChannel(): ByteChannel {
  const { stdin, stdout } = process
  const write = leaveStdout()
  const channel = streamChannel(stdin, stdout)
  return {
    ...channel,
    send: (bytes) =>
      new Promise((resolve, reject) => {
        if (stdout.destroyed) reject(new Error('The channel is closed.'))
        else write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
  }
}
