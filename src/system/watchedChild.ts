import type { ChildProcess } from 'node:child_process'
import type { ByteChannel } from '#common/contract/channel.ts'
import { childChannel } from './stdio.ts'

/** How a process ended; both null where the link to it broke and nothing is known. */
export interface ExitInfo {
  code: number | null
  signal: string | null
  /** Why the link broke, as a sentence, where that is known. */
  lost?: string
}

/** A process that speaks the protocol, with what its owner must know of its end. */
export interface WatchedChannel extends ByteChannel {
  /** The last few kilobytes that it wrote to stderr, unfiltered. */
  stderrTail(): string
  /** Known when `onClose` fires; null before. */
  exit(): ExitInfo | null
  /** Ends the process: its input is closed, and after a moment it is killed. Resolves when it is gone. */
  close(): Promise<void>
  /** Ends the process at once. */
  kill(): void
}

/** A process whose input was closed, or that closed its own output, is killed if it has not ended by then. */
const graceMs = 1000
const stderrBytes = 4096

/**
 * Watches a child that was spawned with three pipes. `onClose` fires when the process is gone and how is known, not when
 * its output ends: the two come in any order.
 */
export function watchChild(child: ChildProcess): WatchedChannel {
  const channel = childChannel(child)
  let tail = Buffer.alloc(0)
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-stderrBytes)
  })
  child.on('error', () => {})

  let exit: ExitInfo | null = null
  const closeListeners = new Set<() => void>()
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  const gone = new Promise<void>((resolve) => {
    const end = (): void => {
      if (exit) return
      exit = { code: child.exitCode, signal: child.signalCode }
      for (const listener of closeListeners) listener()
      closeListeners.clear()
      resolve()
    }
    child.once('close', end)
    // A process that the agent left behind may hold the pipes open; what it says is nobody's answer.
    child.once('exit', () => setTimeout(end, graceMs).unref())
  })
  // An agent that closes its output but goes on running could never answer again.
  channel.onClose(() => {
    const timer = setTimeout(kill, graceMs)
    void gone.then(() => clearTimeout(timer))
  })

  return {
    onBytes: channel.onBytes,
    send: channel.send,
    onClose(listener) {
      if (exit) listener()
      else closeListeners.add(listener)
    },
    stderrTail: () => tail.toString('utf8'),
    exit: () => exit,
    async close() {
      child.stdin?.end()
      const timer = setTimeout(kill, graceMs)
      await gone
      clearTimeout(timer)
    },
    kill,
  }
}
