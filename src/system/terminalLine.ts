import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, write } from 'node:fs'
import type { Readable } from 'node:stream'
import { ReadStream } from 'node:tty'
import { CodedError } from '#common/errors.ts'
import type { RawLine } from './lineChannel.ts'
import { leaveStdout } from './stdio.ts'

/** A terminal's buffer is full: it empties at the line's rate, some ten bytes a millisecond. */
const retryMs = 2

/**
 * The line that this process was started on: a serial console's shell has set it raw and passed it as stdin and stdout.
 * Call it before anything prints, as `processChannel`.
 */
export function consoleLine(): RawLine {
  leaveStdout()
  return terminalLine(process.stdin, openWriter('/proc/self/fd/1') ?? 1)
}

/** A serial port of its own (/dev/ttyGS0, /dev/ttyAMA0) on which nothing else runs. Linux and macOS. */
export async function portLine(path: string, baud: number): Promise<RawLine> {
  const flag = process.platform === 'darwin' ? '-f' : '-F'
  const stty = spawn('stty', [flag, path, String(baud), 'raw', '-echo', 'clocal'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  stty.stderr.on('data', (chunk) => {
    words += chunk
  })
  const [code] = await once(stty, 'close').catch((error: Error) => [error.message])
  if (code !== 0) {
    throw new CodedError('io-failed', `The port ${path} cannot be set up: ${words.trim() || code}.`, 'Check the path.')
  }
  const reader = openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  const writer = openWriter(path)
  if (writer === undefined) throw new CodedError('io-failed', `The port ${path} cannot be written to.`)
  return terminalLine(new ReadStream(reader), writer)
}

/** Not through a stream of Node's: its writes to a terminal block the whole process until the line has taken them. */
function openWriter(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

function terminalLine(input: Readable, output: number): RawLine {
  const closeListeners = new Set<() => void>()
  let closed = false
  const close = (): void => {
    if (closed) return
    closed = true
    if (output > 2) closeSync(output)
    for (const listener of closeListeners) listener()
  }
  for (const event of ['end', 'close', 'error'] as const) input.once(event, close)
  input.on('error', () => {})
  const some = (bytes: Uint8Array): Promise<number> =>
    new Promise((resolve, reject) => {
      if (closed) reject(new Error('The line is closed.'))
      else
        write(output, bytes, (error, written) => {
          if (!error) resolve(written)
          else if (error.code === 'EAGAIN') setTimeout(resolve, retryMs, 0)
          else {
            close()
            reject(error)
          }
        })
    })
  return {
    onBytes(listener) {
      input.on('data', (chunk: Buffer) => listener(chunk))
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) at += await some(bytes.subarray(at))
    },
    onClose(listener) {
      if (closed) listener()
      else closeListeners.add(listener)
    },
  }
}
